import { constants } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { checkStore } from '../../adapters/lowdb/store-tools.ts'
import { HookwardError, textOf } from '../../domain/errors.ts'
import { holderOf } from '../holder.ts'
import type { Diagnosis, Patient } from './finding.ts'

const freeBytes = { warning: 2 ** 30, failed: 64 * 2 ** 20 } as const

/** Whether the disk of the store has room, and this user may write there. */
export async function disk({ dir }: Patient): Promise<Diagnosis> {
  const folder = dir ?? process.cwd()
  try {
    const { bavail, bsize, ffree, files } = await statfs(folder)
    await access(folder, dir === undefined ? constants.R_OK : constants.R_OK | constants.W_OK)
    const free = bavail * bsize
    const fact = `${sizeText(free)} free where ${dir ?? 'you are'} is`
    if (files > 0 && ffree === 0)
      return {
        check: 'disk',
        status: 'failed',
        fact: `${fact}, but no file more`,
        nextStep: 'remove files: the file system has no inode left',
      }
    if (free >= freeBytes.warning) return { check: 'disk', status: 'ok', fact }
    const nextStep =
      'free some: the bodies of waiting deliveries may take 1 GiB, and an engine stops when a write fails'
    return { check: 'disk', status: free < freeBytes.failed ? 'failed' : 'warning', fact, nextStep }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? textOf(error)
    return {
      check: 'disk',
      status: 'failed',
      fact: `${folder} cannot be used (${code})`,
      nextStep: 'name a folder that this user may write in',
    }
  }
}

/** Whether every file of the store is sound, and who has it open. */
export async function store({ dir }: Patient): Promise<Diagnosis> {
  if (dir === undefined)
    return {
      check: 'store',
      status: 'skipped',
      fact: 'no folder was named',
      nextStep: 'name one by --store or HOOKWARD_STORE',
    }
  try {
    const { isSound, findings, integrations, pending } = await checkStore(dir)
    const held = await heldBy(dir)
    const fact = `${integrations} integrations, ${pending} deliveries waiting; ${held}`
    if (isSound) return { check: 'store', status: 'ok', fact }
    const [first] = findings.filter(({ isDamage }) => isDamage)
    return {
      check: 'store',
      status: 'failed',
      fact: `${first?.file ?? ''} ${first?.fact ?? ''}`,
      nextStep: `npx hookward store check ${dir}`,
    }
  } catch (error) {
    if (error instanceof HookwardError)
      return { check: 'store', status: 'failed', fact: error.fact, nextStep: error.nextStep }
    return {
      check: 'store',
      status: 'failed',
      fact: textOf(error),
      nextStep: 'name the folder that the engine has as its dir',
    }
  }
}

async function heldBy(dir: string): Promise<string> {
  const held = await holderOf(dir)
  if (held === undefined) return 'no engine has it open'
  const { pid, host } = held.by
  if (held.is === 'elsewhere') return `process ${pid} of ${host} has it open`
  return held.is === 'here' ? `process ${pid} has it open` : `process ${pid}, which has ended, left its lock`
}

function sizeText(bytes: number): string {
  return bytes >= 2 ** 30 ? `${Math.floor(bytes / 2 ** 30)} GiB` : `${Math.floor(bytes / 2 ** 20)} MiB`
}
