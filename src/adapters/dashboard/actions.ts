/** What somebody may do with a dashboard. */
export type DashboardAction =
  'read' | 'enable' | 'disable' | 'pause' | 'resume' | 'probe' | 'send' | 'replay' | 'import'

/** Every action, in the order of their buttons; importing has none. */
export const actions: readonly DashboardAction[] = [
  ...(['read', 'enable', 'disable', 'pause', 'resume', 'probe', 'send', 'replay', 'import'] as const),
]
