import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { integration } from '../../src/machines/index.ts'
import type { StateConfig } from '../../src/cli/chart/drawing.ts'
import { panelChart, waysOut } from './panel-chart.ts'

/** The files of the dashboard's page, by name. */
export type PanelFiles = Readonly<Record<string, { readonly type: string; readonly text: string }>>

/** Makes the page's files from `panel/`, the chart from the machine. */
export async function panelFiles(root: string): Promise<PanelFiles> {
  const target = ['chrome111', 'firefox115', 'safari16.4']
  const common = {
    bundle: true,
    minify: true,
    write: false,
    target,
    legalComments: 'none',
    logLevel: 'warning',
  } as const
  const entry = (file: string) => join(root, 'panel', file)
  const [script, style] = await Promise.all([
    build({
      ...common,
      entryPoints: [entry('main.tsx')],
      format: 'esm',
    }),
    build({ ...common, entryPoints: [entry('panel.css')] }),
  ])
  const config = integration.config as StateConfig
  const textOf = ({ outputFiles }: { outputFiles: readonly { text: string }[] }) => outputFiles[0]?.text ?? ''
  return {
    'panel.js': { type: 'text/javascript; charset=utf-8', text: textOf(script) },
    'panel.css': { type: 'text/css; charset=utf-8', text: textOf(style) },
    'chart.json': {
      type: 'application/json',
      text: JSON.stringify({ picture: panelChart(config), ways: waysOut(config) }),
    },
    'panel.svg': { type: 'image/svg+xml', text: readFileSync(entry('panel.svg'), 'utf8') },
  }
}

/** Writes them where the server looks for them. */
export async function writePanel(root: string): Promise<PanelFiles> {
  const files = await panelFiles(root)
  mkdirSync(join(root, 'dist'), { recursive: true })
  const place = join(root, 'dist/panel.json')
  // At once, for whoever reads it meanwhile.
  writeFileSync(`${place}.${process.pid}`, JSON.stringify(files))
  renameSync(`${place}.${process.pid}`, place)
  return files
}
