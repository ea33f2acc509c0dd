import { checkFields, checkObject, checkText, refuse, type Field } from '../../policy/check.ts'
import { Access, type Authorize, type Caller } from './access.ts'
import type { DashboardHost } from './host.ts'
import { Panel } from './panel.ts'

/** How a dashboard is mounted. */
export interface DashboardOptions {
  /**
   * Who may do what: asked for each request, `read` to look, else the action. A name it answers with stands in the audit.
   * @default whoever is on this machine may look, and nobody may change anything
   */
  readonly authorize?: Authorize
  /** Where the browser finds it, for a framework that takes the mount path off. @default as each request says */
  readonly basePath?: string
  /**
   * Integrations may be registered and changed through it, as `hookward import` does: `authorize` is asked for `import`.
   * Whoever may do that decides where events go. @default false
   */
  readonly import?: boolean
}

/** A mounted dashboard: answers a request, and never rejects. */
export type Dashboard = (request: Request, caller?: Caller) => Promise<Response>

/**
 * A page that shows every integration live, and from which an operator acts; mount it under any path. It loads nothing
 * from elsewhere, and listens to the engine only while somebody watches.
 * @throws HookwardError `OPTION_INVALID`
 * @example
 * app.use('/hooks', nodeHandler(dashboard(hookward, { authorize: (request) => isOperator(request) })))
 */
export function dashboard(hookward: DashboardHost, options: DashboardOptions = {}): Dashboard {
  if (typeof checkObject(hookward, option('the engine')).overview !== 'function')
    return refuse(option('the engine'), 'has no method overview')
  const names = ['authorize', 'basePath', 'import'] as const
  const { authorize, basePath, import: imports = false } = checkFields(options, option('the options'), names)
  if (authorize !== undefined && typeof authorize !== 'function')
    return refuse(option('authorize'), 'must be a function')
  if (typeof imports !== 'boolean') return refuse(option('import'), 'must be true or false')
  const base = basePath === undefined ? undefined : baseOf(basePath)
  const panel = new Panel(hookward, new Access(authorize as Authorize | undefined, imports), base)
  return (request, caller = {}) => panel.answer(request, caller)
}

function baseOf(path: unknown): string {
  const text = checkText(path, option('basePath'), 256)
  if (!/^\/(?!\/)[\w\-./~]*$/.test(text)) return refuse(option('basePath'), 'must be a path such as /hooks')
  return text.endsWith('/') ? text : `${text}/`
}

function option(name: string): Field {
  return { code: 'OPTION_INVALID', name }
}
