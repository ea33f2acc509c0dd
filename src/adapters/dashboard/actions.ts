/** What somebody may do with a dashboard. */
export type DashboardAction = 'read' | 'enable' | 'disable' | 'pause' | 'resume' | 'probe' | 'send' | 'replay'

/** Every action, in the order of their buttons. */
export const actions: readonly DashboardAction[] = [
  ...(['read', 'enable', 'disable', 'pause', 'resume', 'probe', 'send', 'replay'] as const),
]
