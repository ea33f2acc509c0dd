import type { LogEntry } from '../../domain/delivery.ts'
import type { IntegrationView } from '../../domain/integration.ts'
import { bareUrl } from '../../policy/shown-url.ts'

const telling = /signature|authorization|cookie|secret|token|password|api-?key/i

/** A URL as people are shown it, and whether there is more. */
export function shownUrl(url: string): string {
  return /[?#]/.test(url) ? `${bareUrl(url)}?...` : bareUrl(url)
}

/** An entry of the log as it may be shown: what would let somebody else sign in or send is masked. */
export function shownEntry(entry: LogEntry): LogEntry {
  const { requestHeaders, webhookUrl } = entry
  const headers = Object.entries(requestHeaders ?? {}).map(([name, value]) => [
    name,
    telling.test(name) ? '***' : value,
  ])
  return {
    ...entry,
    webhookUrl: shownUrl(webhookUrl),
    ...(requestHeaders === undefined ? {} : { requestHeaders: Object.fromEntries(headers) as Record<string, string> }),
  }
}

/** An integration as it may be shown; its secret never left the engine. */
export function shownIntegration(integration: IntegrationView): IntegrationView {
  return { ...integration, url: shownUrl(integration.url) }
}
