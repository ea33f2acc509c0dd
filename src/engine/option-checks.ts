import { checkObject, refuse, type Field } from '../policy/check.ts'

/** A port of the host's making: checked for its methods, because a missing one would show itself much too late. */
export function methods<T extends object>(value: T, name: string, names: readonly (string & keyof T)[]): T {
  const given = checkObject(value, option(name))
  const missing = names.find((method) => typeof given[method] !== 'function')
  return missing === undefined ? value : refuse(option(name), `has no method ${missing}`)
}

export function wholeUpTo(value: unknown, name: string, least: number, most: number): number {
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value)
  return refuse(option(name), `must be a whole number from ${least} to ${most}`)
}

export function option(name: string): Field {
  return { code: 'OPTION_INVALID', name }
}
