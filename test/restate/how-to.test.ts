import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { restateBinary, skipped } from '../support/restate.ts'

const root = process.cwd()

describe.skipIf(skipped !== '')(`docs/how-to/scale-out.md ${skipped}`, () => {
  it('leads from the monolith to three nodes by its ten commands', { timeout: 170_000 }, async () => {
    const commands = commandsOf(await readFile('docs/how-to/scale-out.md', 'utf8'))
    expect(commands).toHaveLength(10)
    const dir = await folder()
    const env = {
      ...process.env,
      BASE: String(await freeBase()),
      RESTATE_SERVER: restateBinary,
      HOOKWARD_KEY: 'a-key-of-thirty-two-letters-or-more',
      NODE_OPTIONS: isOld ? `--import ${withResolvers}` : '',
    }
    const outputs: string[] = []
    for (const command of commands) {
      const child = spawn('sh', ['-c', `exec ${command.replace(/ &$/, '')}`], { cwd: dir, env, detached: true })
      onTestFinished(() => killed(child))
      if (command.endsWith('&')) {
        // A node says nothing; whoever needs it waits for it.
        if (!command.includes('node.sh'))
          expect(await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])).not.toEqual([1, null])
        continue
      }
      const chunks: Buffer[] = []
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
      child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
      const [code] = (await once(child, 'close')) as [number]
      outputs.push(String(Buffer.concat(chunks)))
      expect({ command, code, output: outputs.at(-1) }).toMatchObject({ code: 0 })
    }
    const [, , migrated = '', ended] = outputs
    expect(JSON.parse(migrated)).toMatchObject({ moved: 1, installations: 1, held: 1 })
    expect(ended).toBe('healthy with the invoices of before and after\n')
  })
})

/** This process was given what Node 20 lacks; others were not. */
const isOld = Number.parseInt(process.versions.node) < 22
/** What Node 20 lacks, as a module of one line that also npm can load. */
const withResolvers =
  'data:text/javascript,Promise.withResolvers=function(){let%20r={};r.promise=new%20Promise((a,b)=>{r.resolve=a;r.reject=b});return%20r}'

function commandsOf(page: string): readonly string[] {
  const [, block = ''] = /```sh\n([^`]*)```/.exec(page) ?? []
  return block.trim().split('\n')
}

/** Looks like the root of a clone, with a `data` folder of its own. */
async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-how-to-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  for (const name of ['examples', 'scripts', 'src', 'node_modules', 'package.json', 'tsconfig.json'])
    await symlink(join(root, name), join(dir, name))
  return dir
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exited = once(child, 'exit')
  process.kill(-child.pid, 'SIGKILL')
  await exited
}

/** Sixty ports in a row, of which the first is free: nobody else asks for them. */
async function freeBase(): Promise<number> {
  for (;;) {
    const base = 20_000 + 100 * Math.floor(Math.random() * 120)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) =>
      server.once('error', () => resolve(false)).listen(base + 11, '127.0.0.1', () => resolve(true)),
    )
    server.close()
    if (isFree) return base
  }
}
