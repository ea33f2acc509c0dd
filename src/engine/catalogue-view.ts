import type { Integration, IntegrationView } from '../domain/integration.ts'

/** An integration as it may be shown: without its secret, and of its own headers the names only. */
export function viewOfIntegration({
  secret: _secret,
  oldSecrets: _old,
  headers,
  ...shown
}: Integration): IntegrationView {
  return { ...shown, headerNames: Object.keys(headers) }
}
