import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import ts from 'typescript'
import * as lib from '../lib/index.js'
import type { FailureReason } from '../lib/index.js'
import { OPTION_NAMES } from '../lib/iamport/options.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string) => readFileSync(root + file, 'utf8')
const fences = (markdown: string, language: string) => [
  ...markdown.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs')),
].map(([, code = '']) => code)
/** What stands under a heading of the second level. */
const sectionOf = (markdown: string, heading: RegExp) =>
  markdown.split(/^## /m).find((part) => heading.test(part)) ?? ''
/** The names in backticks of the first column of the table under a heading. */
const firstColumn = (markdown: string, heading: RegExp) => {
  const rows = sectionOf(markdown, heading).split('\n\n').find((block) => block.startsWith('| ')) ?? ''
  return rows.split('\n').flatMap((row) => [
    ...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g),
  ].map(([, name = '']) => name))
}
/** The codes and their statuses in the table under a heading; a row may name several codes. */
const tableOfCodes = (markdown: string, heading: RegExp) =>
  [...sectionOf(markdown, heading).matchAll(/^\| (\d{3}|-) \| ([^|]+) \|/gm)].flatMap(([, status = '', names = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, code = '']) => `${code} ${status === '-' ? 500 : status}`))
const anchorsOf = (markdown: string) => [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
  title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'))
/** Without comments and blank ends: what a translation leaves as it is. */
const codeOf = (code: string) => code.replace(/ *\/\/ .*$/gm, '').replace(/\n\n+/g, '\n')

const PAGES = readdirSync(`${root}docs`).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`)
const READMES = ['README.md', 'README.ko.md']
const DOCUMENTS = [...READMES, 'CONTRIBUTING.md', 'bench/README.md', ...PAGES]
/** In one language only: for those who work on the plugin itself, or with both languages side by side. */
const UNTRANSLATED = ['docs/design.md', 'docs/glossary.md']

const codes = Object.values(lib).flatMap((exported) => {
  if (typeof exported !== 'function' || !(exported.prototype instanceof Error)) return []
  const error: unknown = Reflect.construct(exported, ['', {}])
  if (!(error instanceof Error && 'code' in error && 'statusCode' in error)) return []
  if (error.code === undefined) return [] // a ReconcileError has the code of its cause
  return [`${String(error.code)} ${String(error.statusCode)}`]
})

for (const [file, heading] of [
  ['README.md', /^Error codes/], ['README.ko.md', /^오류 코드/],
  ['docs/replies.md', /^Errors/], ['docs/replies.ko.md', /^오류/],
] as const) {
  test(`${file}: the table of errors is what the code throws, with its status`, (t) => {
    t.strictSame(tableOfCodes(read(file), heading).sort(), [...new Set(codes)].sort())
    t.end()
  })
}

for (const [file, heading] of [['docs/options.md', /^Options/], ['docs/options.ko.md', /^옵션/]] as const) {
  test(`${file}: the table of options is what the code takes`, (t) => {
    t.strictSame(firstColumn(read(file), heading).sort(), [...OPTION_NAMES].sort())
    t.end()
  })
}

for (const [file, heading] of [['docs/payments.md', /^Why/], ['docs/payments.ko.md', /^결제가 실패한/]] as const) {
  test(`${file}: the table of reasons is that of the type`, (t) => {
    const reasons: Record<FailureReason, true> = {
      amount_mismatch: true,
      currency_mismatch: true,
      test_payment: true,
      order_not_found: true,
      not_paid: true,
      payment_failed: true,
    }
    t.strictSame(firstColumn(read(file), heading).sort(), Object.keys(reasons).sort())
    t.end()
  })
}

test('README.md: server and page are the quickstart, word for word', (t) => {
  const markdown = read('README.md')
  t.equal(fences(markdown, 'js')[0], read('examples/quickstart/app.mjs'))
  t.equal(fences(markdown, 'html')[0], read('examples/quickstart/page.html'))
  t.end()
})

test('README.ko.md: the server is the same but for its words and the language of the messages', (t) => {
  const server = read('examples/quickstart/app.mjs')
  const [korean = ''] = fences(read('README.ko.md'), 'js')
  const translated = codeOf(korean).replace(/`주문 (.*) 결제 완료`/, '`order $1 is paid`')
  t.equal(translated, codeOf(server).replace("  locale: 'en',\n", ''))
  t.end()
})

for (const file of READMES) {
  test(`${file}: about 150 lines, the longest of 120 characters`, (t) => {
    const lines = read(file).split('\n')
    t.ok(lines.length <= 175, `${lines.length} lines`)
    t.strictSame(lines.filter((line) => line.length > 120 && !line.startsWith('|')), [])
    t.end()
  })
}

test('every page of the documentation is there in both languages, and each links to the other', (t) => {
  for (const page of PAGES.filter((page) => !UNTRANSLATED.includes(page))) {
    const other = page.endsWith('.ko.md') ? page.replace('.ko.md', '.md') : page.replace('.md', '.ko.md')
    t.ok(existsSync(root + other), other)
    t.ok(read(page).includes(`](${other.replace('docs/', '')})`), `${page} links to ${other}`)
  }
  t.end()
})

for (const file of DOCUMENTS) {
  test(`${file}: every script, every linked file and heading is there`, (t) => {
    const markdown = read(file)
    const { scripts } = JSON.parse(read('package.json'))
    for (const [, script = ''] of markdown.matchAll(/npm run ([\w:-]+)/g)) t.ok(scripts[script], script)
    for (const [, path = '', anchor] of markdown.matchAll(/\]\((?!http)([^)#]*)(?:#([^)]+))?\)/g)) {
      const target = path === '' ? root + file : join(root, dirname(file), path)
      if (!t.ok(existsSync(target), path) || anchor === undefined) continue
      t.ok(anchorsOf(readFileSync(target, 'utf8')).includes(decodeURIComponent(anchor)), `${path}#${anchor}`)
    }
    t.end()
  })
}

test('CONTRIBUTING.md: the layout names every folder of lib, and each test file that it names is there', (t) => {
  const markdown = read('CONTRIBUTING.md')
  const [, tree = ''] = /^```\n(lib\/\n.*?)^```/ms.exec(markdown) ?? []
  const named = [...tree.matchAll(/^ {2}(\w+)\/ /gm)].map(([, name = '']) => name)
  const folders = readdirSync(`${root}lib`, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  t.strictSame(named.sort(), folders.map(({ name }) => name).sort())
  for (const [path] of markdown.matchAll(/\btest\/[\w/-]+\.test\.ts/g)) t.ok(existsSync(root + path), path)
  t.end()
})

test('every file of the fast tests is there: tap says nothing of a name that matches none', (t) => {
  const { scripts } = JSON.parse(read('package.json'))
  const patterns = [...String(scripts['test:fast']).matchAll(/"(test\/[\w/]*)\{([\w,-]+)\}\.test\.ts"/g)]
  t.ok(patterns.length > 3)
  for (const [, folder = '', names = ''] of patterns) {
    for (const name of names.split(',')) t.ok(existsSync(`${root}${folder}${name}.test.ts`), folder + name)
  }
  t.end()
})

/** Packages that are not installed here: `scripts/try-package.sh` runs the code with the real ones. */
const SURROUNDINGS = `
declare const app: import('fastify').FastifyInstance & { swagger (): { paths: object } }
declare module '@fastify/cors' {
  const plugin: import('fastify').FastifyPluginAsync<{ origin: string }>
  export default plugin
}
declare module '@fastify/swagger' {
  const plugin: import('fastify').FastifyPluginAsync<{ openapi: object }>
  export default plugin
}
`

test('the code in the documents compiles', (t) => {
  const snippets = new Map<string, string>(DOCUMENTS.flatMap((file) => ['js', 'ts'].flatMap((language) =>
    fences(read(file), language).map((code, index) => [
      `${root}test/${file.replaceAll(/\W/g, '-')}-${index}.${language}`, `${code}\nexport {}\n`,
    ] as const))))
  snippets.set(`${root}test/fences.d.ts`, SURROUNDINGS)
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root)
  const languageVersion = options.target ?? ts.ScriptTarget.ES2023
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.fileExists = (name) => snippets.has(name) || fileExists(name)
  host.getSourceFile = (name, ...rest) => {
    const code = snippets.get(name)
    return code === undefined
      ? getSourceFile(name, ...rest)
      : ts.createSourceFile(name, code, { languageVersion, impliedNodeFormat: ts.ModuleKind.ESNext }, true)
  }
  const program = ts.createProgram([...snippets.keys()], {
    ...options, noUnusedLocals: false, noUnusedParameters: false, maxNodeModuleJsDepth: 0,
  }, host)
  const wrong = ts.getPreEmitDiagnostics(program).map(({
    file, messageText,
  }) => `${file?.fileName.slice(root.length)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
  t.strictSame(wrong, [])
  t.ok(snippets.size > 10)
  t.end()
})
