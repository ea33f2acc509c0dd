import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, KindRouter, Logger, LogLevel } from 'typedoc'
import type { ProjectReflection, Reflection, TypeDocOptions } from 'typedoc'
import { groups, stagePages } from './stage.ts'

/** Builds the site of all pages and of the reference made from the types. Answers with what the generator complained about. */
export async function buildSite(root: string, out: string): Promise<readonly string[]> {
  const stage = mkdtempSync(join(tmpdir(), 'hookward-site-'))
  try {
    const pages = stagePages(root, stage)
    const listener = new Listener()
    const app = await Application.bootstrap({
      name: 'hookward',
      entryPoints: entriesOf(root),
      tsconfig: join(root, 'tsconfig.build.json'),
      readme: join(stage, 'README.md'),
      projectDocuments: pages.map((page) => join(stage, page)),
      customCss: join(import.meta.dirname, 'site.css'),
      ...look,
    })
    app.logger = listener
    app.renderer.defineRouter('by-path', PathRouter)
    const project = await app.convert()
    if (project === undefined) return [...listener.complaints, 'the sources cannot be read']
    nameModules(project)
    orderPages(project)
    app.validate(project)
    await app.generateDocs(project, out)
    return listener.complaints
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

/** The source of each sub-path of the package. */
function entriesOf(root: string): string[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Readonly<Record<string, { readonly default: string }>>
  }
  return Object.values(exports).map(({ default: built }) =>
    join(root, built.replace('dist', 'src').replace(/js$/, 'ts')),
  )
}

/** By what one imports, not by the file that it is in. */
function nameModules(project: ProjectReflection): void {
  for (const module of project.children ?? [])
    module.name = module.name === 'index' ? 'hookward' : `hookward/${module.name}`
}

/** By their files: the titles say nothing of what comes first. */
function orderPages(project: ProjectReflection): void {
  for (const { children } of project.groups ?? [])
    children.sort((one, other) => pathOf(one).localeCompare(pathOf(other)))
}

/** Of a page; empty for what is none. */
function pathOf(reflection: Reflection): string {
  const path = reflection.isDocument() ? reflection.frontmatter['path'] : ''
  return typeof path === 'string' ? path : ''
}

class Listener extends Logger {
  readonly complaints: string[] = []
  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.complaints.push(message)
  }
}

/** A page has the address of its file, so that links from elsewhere stay right when a title changes. */
class PathRouter extends KindRouter {
  protected override getIdealBaseName(reflection: Reflection): string {
    const path = pathOf(reflection)
    return path === '' ? super.getIdealBaseName(reflection) : path
  }
}

const look: Partial<TypeDocOptions> = {
  router: 'by-path',
  disableSources: true,
  hideGenerator: true,
  includeVersion: true,
  searchInDocuments: true,
  searchInComments: true,
  // Who looks for a word wants to read about it first.
  searchGroupBoosts: Object.fromEntries(groups.map((group) => [group, 10])),
  groupOrder: [...groups, '*'],
  navigation: { includeGroups: true, excludeReferences: true },
  sort: ['documents-first', 'alphabetical'],
  highlightLanguages: ['bash', 'console', 'json', 'javascript', 'typescript', 'sql', 'http'],
  ignoredHighlightLanguages: ['keys', 'text'],
  // Small types of fields are shown where they are used.
  validation: { notExported: false },
}
