import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { parseMailUrl } from '../../adapters/nodemailer/mail-url.ts'
import { HookwardError, textOf } from '../../domain/errors.ts'
import type { Diagnosis, Patient } from './finding.ts'

const dnsMsMax = 5_000
const smtpMsMax = 10_000

/** Whether the names of receivers can be resolved here. */
export async function dns({ hosts, smtpUrl }: Patient): Promise<Diagnosis> {
  const names = [...new Set([...hosts, ...mailHost(smtpUrl)])].filter((name) => isIP(name) === 0)
  if (names.length === 0)
    return { check: 'dns', status: 'skipped', fact: 'there was no name to resolve', nextStep: 'name one by --host' }
  const beganAt = performance.now()
  const failures = (await Promise.all(names.map(failureOf))).flat()
  const took = `${names.length} ${names.length === 1 ? 'name' : 'names'} in ${Math.round(performance.now() - beganAt)} ms`
  const [first] = failures
  if (first === undefined) return { check: 'dns', status: 'ok', fact: took }
  const more = failures.length > 1 ? `, and ${failures.length - 1} more` : ''
  const all = failures.length === names.length
  const nextStep = all
    ? 'look at /etc/resolv.conf: no name is resolved'
    : 'ask the owner of that name: others are resolved'
  return { check: 'dns', status: all ? 'failed' : 'warning', fact: `${first}${more}`, nextStep }
}

/** Whether the mail server takes a connection, and its login. */
export async function smtp({ smtpUrl }: Patient): Promise<Diagnosis> {
  if (smtpUrl === undefined || smtpUrl === '')
    return {
      check: 'smtp',
      status: 'skipped',
      fact: 'no mail server was named',
      nextStep: 'set HOOKWARD_SMTP_URL to what mail.url is',
    }
  try {
    const { secrets } = parseMailUrl(smtpUrl)
    return await verified(smtpUrl, secrets)
  } catch (error) {
    if (!(error instanceof HookwardError)) throw error
    return { check: 'smtp', status: 'failed', fact: error.fact, nextStep: error.nextStep }
  }
}

async function verified(url: string, secrets: readonly string[]): Promise<Diagnosis> {
  const { createTransport } = await import('nodemailer')
  const timeouts = {
    dnsTimeout: smtpMsMax,
    connectionTimeout: smtpMsMax,
    greetingTimeout: smtpMsMax,
    socketTimeout: smtpMsMax,
  }
  const transport = createTransport({ url, ...timeouts })
  const { host } = new URL(url)
  try {
    await transport.verify()
    return { check: 'smtp', status: 'ok', fact: `${host} takes mail from here` }
  } catch (error) {
    const told = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), (error as Error).message)
    const isLogin = (error as { readonly code?: string }).code === 'EAUTH'
    const nextStep = isLogin
      ? 'correct user and password of the mail URL'
      : 'look at host, port and firewall of the mail URL'
    return { check: 'smtp', status: 'failed', fact: `${host}: ${told.split('\n')[0] ?? ''}`, nextStep }
  } finally {
    transport.close()
  }
}

async function failureOf(name: string): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => resolve([`${name} was not resolved within ${dnsMsMax} ms`]), dnsMsMax)
  })
  const asked = lookup(name).then(
    () => [],
    (error: unknown) => [`${name} cannot be resolved (${(error as NodeJS.ErrnoException).code ?? textOf(error)})`],
  )
  return Promise.race([asked, late]).finally(() => clearTimeout(timer))
}

function mailHost(url: string | undefined): readonly string[] {
  if (url === undefined || !URL.canParse(url)) return []
  const { hostname } = new URL(url)
  return hostname === '' ? [] : [hostname.replace(/^\[|\]$/g, '')]
}
