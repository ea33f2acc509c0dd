import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, KindRouter, Logger, LogLevel, type Reflection, type TypeDocOptions } from 'typedoc'
import { groups, stagePages } from './stage.ts'

const entries = ['index', 'machines/index', 'policy/index', 'verify', 'testing', 'dashboard', 'inspector', 'telemetry', 'restate']

/** Builds the site of all pages and of the reference made from the types. Answers with what the generator complained about. */
export async function buildSite(root: string, out: string): Promise<readonly string[]> {
  const stage = mkdtempSync(join(tmpdir(), 'hookward-site-'))
  try {
    const pages = stagePages(root, stage)
    const listener = new Listener()
    const app = await Application.bootstrap({
      name: 'hookward',
      entryPoints: entries.map((entry) => join(root, `src/${entry}.ts`)),
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
    app.validate(project)
    await app.generateDocs(project, out)
    return listener.complaints
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
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
    const path = reflection.isDocument() ? reflection.frontmatter['path'] : undefined
    return typeof path === 'string' ? path : super.getIdealBaseName(reflection)
  }
}

const look: Partial<TypeDocOptions> = {
  router: 'by-path',
  disableSources: true,
  hideGenerator: true,
  includeVersion: true,
  searchInDocuments: true,
  searchInComments: true,
  groupOrder: [...groups, '*'],
  navigation: { includeGroups: true, excludeReferences: true },
  sort: ['documents-first', 'alphabetical'],
  highlightLanguages: ['bash', 'console', 'json', 'javascript', 'typescript', 'sql', 'http'],
  ignoredHighlightLanguages: ['keys', 'text'],
  // Small types of fields are shown where they are used.
  validation: { notExported: false },
}
