import type { StoreDocument } from '../store-document.ts'
import type { Entry } from './wire.ts'

/** What hosts may know of an integration: neither its secrets nor the values of its headers. */
export function entryOf(integrationId: string, { integrations, installations }: StoreDocument): Entry {
  const [integration] = integrations
  if (integration === undefined) return { integrationId, integration: null, installations: [] }
  const { oldSecrets: _secrets, ...shown } = integration
  const headers = Object.fromEntries(Object.keys(integration.headers).map((name) => [name, '']))
  return { integrationId, integration: { ...shown, secret: '', headers }, installations }
}
