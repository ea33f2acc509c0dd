import { integration, notifier, webhook } from '../../machines/index.ts'
import type { StateConfig } from './drawing.ts'

/** The machines that ship, as they are written, by name. */
export const configs: Readonly<Record<string, StateConfig>> = {
  integration: integration.config as StateConfig,
  webhook: webhook.config as StateConfig,
  notifier: notifier.config as StateConfig,
}
