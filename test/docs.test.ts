import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import ts from 'typescript'
import * as lib from '../lib/index.js'
import { OPTION_NAMES } from '../lib/iamport/options.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string) => readFileSync(root + file, 'utf8')
const fences = (markdown: string, language: string) => [
  ...markdown.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs')),
].map(([, code = '']) => code)
/** The names in backticks of the first column of the table under a heading. */
const firstColumn = (markdown: string, heading: RegExp) => {
  const section = markdown.split(/^## /m).find((part) => heading.test(part)) ?? ''
  const rows = section.split('\n\n').find((block) => block.startsWith('| ')) ?? ''
  return rows.split('\n').flatMap((row) => [
    ...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g),
  ].map(([, name = '']) => name))
}

const codes = Object.values(lib).flatMap((exported) => {
  if (typeof exported !== 'function' || !(exported.prototype instanceof Error)) return []
  const error: unknown = Reflect.construct(exported, ['', {}])
  if (!(error instanceof Error && 'code' in error && 'statusCode' in error)) return []
  if (error.code === undefined) return [] // a ReconcileError has the code of its cause
  return [`${String(error.code)} ${String(error.statusCode)}`]
})

for (const [file, options, replies] of [
  ['README.md', /^Options/, /^Replies/], ['README.ko.md', /^옵션/, /^응답/],
] as const) {
  const markdown = read(file)

  test(`${file}: the first code is the quickstart, word for word`, (t) => {
    t.equal(fences(markdown, 'js')[0], read('examples/quickstart/app.js'))
    t.end()
  })

  test(`${file}: the table of options is what the code takes`, (t) => {
    t.strictSame(firstColumn(markdown, options).sort(), [...OPTION_NAMES].sort())
    t.end()
  })

  test(`${file}: the table of errors is what the code throws, with its status`, (t) => {
    const table = [
      ...(markdown.split(/^## /m).find((part) => replies.test(part)) ?? '').matchAll(/^\| (\d{3}|-) \| `(\w+)`/gm),
    ].map(([, status = '', code = '']) => `${code} ${status === '-' ? 500 : status}`)
    t.strictSame(table.sort(), [...new Set(codes)].sort())
    t.end()
  })

  test(`${file}: every reason of a failure, every script, every linked file is there`, (t) => {
    for (const reason of [
      'amount_mismatch', 'currency_mismatch', 'test_payment', 'order_not_found', 'not_paid', 'payment_failed',
    ]) t.match(markdown, `\`${reason}\``)
    const { scripts } = JSON.parse(read('package.json'))
    for (const [, script = ''] of markdown.matchAll(/npm run ([\w:-]+)/g)) t.ok(scripts[script], script)
    for (const [, path = ''] of markdown.matchAll(/\]\((?!http|#)([^)#]+)/g)) t.ok(existsSync(root + path), path)
    for (const [, anchor = ''] of markdown.matchAll(/\]\(#([^)]+)\)/g)) {
      const anchors = [
        ...markdown.matchAll(/^#+ (.+)$/gm),
      ].map(([, title = '']) => title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'))
      t.ok(anchors.includes(decodeURIComponent(anchor)), anchor)
    }
    t.end()
  })
}

for (const file of [
  'CONTRIBUTING.md', 'docs/design.md', 'docs/glossary.md', 'docs/ledgers.md', 'docs/sandbox.md', 'docs/sandbox.ko.md',
]) {
  const markdown = read(file)

  test(`${file}: every script, every linked file is there`, (t) => {
    const { scripts } = JSON.parse(read('package.json'))
    for (const [, script = ''] of markdown.matchAll(/npm run ([\w:-]+)/g)) t.ok(scripts[script], script)
    for (const [, path = ''] of markdown.matchAll(/\]\((?!http|#)([^)#]+)/g)) {
      t.ok(existsSync(new URL(path, new URL(file, new URL('..', import.meta.url)))), path)
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

const DOCUMENTS_WITH_CODE = [
  'README.md', 'README.ko.md', 'docs/ledgers.md', 'docs/sandbox.md', 'docs/sandbox.ko.md',
]

test('the code in the documents compiles', (t) => {
  const snippets = new Map<string, string>(DOCUMENTS_WITH_CODE.flatMap((file) =>
    fences(read(file), 'js').map((code, index) => [
      `${root}test/${file.replaceAll(/\W/g, '-')}-${index}.js`, `${code}\nexport {}\n`,
    ] as const)))
  snippets.set(`${root}test/fences.d.ts`, "declare const app: import('fastify').FastifyInstance\n")
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root)
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.fileExists = (name) => snippets.has(name) || fileExists(name)
  host.getSourceFile = (name, ...rest) => {
    const code = snippets.get(name)
    return code === undefined
      ? getSourceFile(name, ...rest)
      : ts.createSourceFile(name, code, options.target ?? ts.ScriptTarget.ES2023, true)
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
