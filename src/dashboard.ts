export { dashboard, type Dashboard, type DashboardOptions } from './adapters/dashboard/index.ts'
export { nodeHandler } from './adapters/dashboard/node.ts'
export type { Authorize, Caller, DashboardAction, Permit } from './adapters/dashboard/access.ts'
export type { DashboardHost, EnableTerms, HostEvent, ShadowSeen } from './adapters/dashboard/host.ts'
