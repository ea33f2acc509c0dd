import type { LogFields, Logger } from '../ports.ts'

/** Says nothing. */
export const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** A logger that fails harms nobody: there is nowhere left to say so. */
export function forgiving(logger: Logger): Logger {
  const line = (level: keyof Logger) => (fields: LogFields, fact: string) => {
    try {
      logger[level](fields, fact)
    } catch {
      return
    }
  }
  return { info: line('info'), warn: line('warn'), error: line('error') }
}
