/**
 * What the SDK of Restate uses and Node 20 lacks, so that tests of workers run there as well. Hosts are not given it:
 * a worker refuses to start without it.
 */
if (!('withResolvers' in Promise))
  Object.defineProperty(Promise, 'withResolvers', {
    value: <T>() => {
      let [resolve, reject]: unknown[] = []
      const promise = new Promise<T>((...both) => ([resolve, reject] = both))
      return { promise, resolve, reject }
    },
  })
