/** Next calls it once in each process, before the first request. The edge has no files: there is nothing to open there. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { engine } = await import('./engine.ts')
    await engine()
  }
}
