/** Next calls it once in each process, before the first request. The edge has no files: there is nothing to open there. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { engine } = await import('./engine.ts')
  const hookward = await engine()
  // With NEXT_MANUAL_SIG_HANDLE=true, Next leaves the signal to this. A process that is killed without it loses nothing.
  process.once('SIGTERM', () => void hookward.stop().then(() => process.exit(0)))
}
