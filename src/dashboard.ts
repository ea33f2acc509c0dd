export { dashboard, type Dashboard, type DashboardOptions } from './adapters/dashboard/index.ts'
export { nodeHandler } from './adapters/dashboard/node.ts'
export type { Authorize, Caller, Permit } from './adapters/dashboard/access.ts'
export type { DashboardAction } from './adapters/dashboard/actions.ts'
export type { DashboardHost, EnableTerms, HostEvent, ShadowSeen } from './adapters/dashboard/host.ts'
export type {
  AttemptCounts,
  DashboardDelivery,
  DashboardImport,
  DashboardImportedLine,
  DashboardIntegration,
  DashboardList,
  DashboardOperator,
  DashboardProblem,
  DashboardSession,
  DashboardStep,
  DashboardTold,
  ListRow,
  OperatorSums,
  ShadowDifference,
  ShadowNews,
  ShownNotice,
} from './adapters/dashboard/wire.ts'
