export { inspect, type Inspector, type InspectorOptions } from './adapters/inspector/index.ts'
export type { Inspectable } from './adapters/inspector/relay.ts'
