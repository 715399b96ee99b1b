import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import ts from 'typescript'
import * as lib from '../lib/index.js'
import type { Completion as Reply } from '../lib/index.js'
import { Completion } from '../lib/completion/reply.js'
import { OPTION_NAMES } from '../lib/iamport/options.js'
import { checked, checkPayment } from '../lib/portone/check.js'
import { OPTION_NAMES as PORTONE_OPTION_NAMES } from '../lib/portone/options.js'
import { readPayment } from '../lib/portone/payment.js'
import { createSandbox } from '../lib/sandbox/index.js'
import { paid } from './support/portone-payments.js'

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
const codeOf = (code: string) =>
  code.replace(/^ *\/\*\*.*?\*\/\n/gms, '').replace(/ *\/\/ .*$/gm, '').replace(/\n\n+/g, '\n')

const PAGES = readdirSync(`${root}docs`).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`)
const READMES = ['README.md', 'README.ko.md']
const DOCUMENTS = [...READMES, 'CONTRIBUTING.md', 'SECURITY.md', 'bench/README.md', ...PAGES]
/** In one language only: for those who work on the plugin itself, or with both languages side by side. */
const UNTRANSLATED = ['docs/design.md', 'docs/glossary.md']

const codes = Object.values(lib).flatMap((exported) => {
  if (typeof exported !== 'function' || !(exported.prototype instanceof Error)) return []
  const error: unknown = Reflect.construct(exported, ['', {}])
  if (!(error instanceof Error && 'code' in error && 'statusCode' in error)) return []
  if (error.code === undefined) return [] // a ReconcileError has the code of its cause
  return [`${String(error.code)} ${String(error.statusCode)}`]
})

for (const [file, heading] of [['docs/replies.md', /^Errors/], ['docs/replies.ko.md', /^오류/]] as const) {
  test(`${file}: the table of errors is what the code throws, with its status`, (t) => {
    t.strictSame(tableOfCodes(read(file), heading).sort(), [...new Set(codes)].sort())
    t.end()
  })
}

test('every error code in the documents is one that the code throws', (t) => {
  const known = new Set([...codes.map((code) => code.split(' ')[0]), 'IAMPORT_WEBHOOK_ADDRESSES'])
  const named = DOCUMENTS.flatMap((file) => [...read(file).matchAll(/\bIAMPORT_[A-Z_]+/g)].map(([code]) => code))
  t.strictSame(named.filter((code) => !known.has(code) && code !== 'IAMPORT_SANDBOX_ALLOW_PRODUCTION'), [])
  t.ok(named.length > 20)
  t.end()
})

for (const [file, heading] of [['docs/portone.md', /^Errors/], ['docs/portone.ko.md', /^오류/]] as const) {
  test(`${file}: what differs in the errors is about codes that the code throws`, (t) => {
    const known = codes.map((code) => code.split(' ')[0])
    const named = firstColumn(read(file), heading)
    t.strictSame(named.filter((code) => !known.includes(code)), [])
    t.ok(named.length > 3)
    t.end()
  })
}

for (const [file, heading, names] of [
  ['docs/options.md', /^Options/, OPTION_NAMES], ['docs/options.ko.md', /^옵션/, OPTION_NAMES],
  ['docs/portone.md', /^Options/, PORTONE_OPTION_NAMES], ['docs/portone.ko.md', /^옵션/, PORTONE_OPTION_NAMES],
] as const) {
  test(`${file}: the table of options is what the code takes`, (t) => {
    t.strictSame(firstColumn(read(file), heading).sort(), [...names].sort())
    t.end()
  })
}

for (const [file, heading] of [
  ['docs/replies.md', /^POST `complete`/], ['docs/replies.ko.md', /^POST `complete`/],
] as const) {
  test(`${file}: the table of fields has every one that not all completions have, and no other than theirs`, (t) => {
    const named = firstColumn(read(file), heading)
    const all = Object.keys(Completion.properties)
    const required: readonly string[] = Completion.required ?? []
    t.strictSame(all.filter((name) => !required.includes(name) && !named.includes(name)), [])
    t.strictSame(named.filter((name) => !all.includes(name)), [])
    t.end()
  })
}

for (const [file, heading] of [
  ['docs/portone.md', /^What hooks receive/], ['docs/portone.ko.md', /^훅이 받는 것/],
] as const) {
  test(`${file}: the table of what hooks receive names fields that hooks receive`, (t) => {
    const { payment } = readPayment(checked(checkPayment, paid()))
    const named = firstColumn(read(file), heading)
    t.strictSame(named.filter((name) => !Object.hasOwn(payment, name)), [])
    t.ok(named.length > 20)
    t.end()
  })
}

for (const [file, heading] of [['docs/payments.md', /^Why/], ['docs/payments.ko.md', /^결제가 실패한/]] as const) {
  test(`${file}: the table of reasons is that of the type`, (t) => {
    const reasons: Record<Exclude<NonNullable<Reply['reason']>, 'payment_cancelled'>, true> = {
      amount_mismatch: true,
      currency_mismatch: true,
      test_payment: true,
      order_not_found: true,
      not_paid: true,
      payment_failed: true,
      not_confirmed: true,
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

test('docs/portone.md: server and page are examples/portone, word for word', (t) => {
  const markdown = read('docs/portone.md')
  t.equal(fences(markdown, 'js')[0], read('examples/portone/app.mjs'))
  t.equal(fences(markdown, 'html')[0], read('examples/portone/page.html'))
  t.end()
})

test('docs/portone.ko.md: the server is the same but for its words and the language of the messages', (t) => {
  const [korean = ''] = fences(read('docs/portone.ko.md'), 'js')
  const translated = codeOf(korean).replace(/`주문 (.*) 결제 완료`/, '`order $1 is paid`')
  t.equal(translated, codeOf(read('examples/portone/app.mjs')).replace("  locale: 'en',\n", ''))
  t.end()
})

test('docs/portone.md, docs/portone.ko.md: the `.env` is what the sandbox is set up with', async (t) => {
  const sandbox = createSandbox()
  const { apiSecret, storeId, webhookSecret } = sandbox.portone
  const env = [
    'PORTONE_URL=http://127.0.0.1:4010/portone',
    `PORTONE_API_SECRET=${apiSecret}`,
    `PORTONE_STORE_ID=${storeId}`,
    `PORTONE_WEBHOOK_SECRET=${webhookSecret}`,
  ]
  for (const file of ['docs/portone.md', 'docs/portone.ko.md']) {
    t.strictSame(fences(read(file), 'sh')[0]?.trim().split('\n'), env, file)
  }
  await sandbox.close()
})

test('docs/moving-to-v2.md: its code is examples/moving, word for word; in Korean, but for its words', (t) => {
  const files = [read('examples/moving/app.js'), read('examples/moving/refund-twice-paid.js')]
  t.strictSame(fences(read('docs/moving-to-v2.md'), 'js'), files)
  const translated = fences(read('docs/moving-to-v2.ko.md'), 'js').map((code) => codeOf(code)
    .replace('두 번 결제됨: 이 결제를 환불하세요', 'paid twice: refund this payment').replace('중복 결제', 'paid twice'))
  t.strictSame(translated, files.map(codeOf))
  const sql = read('examples/moving/move.sql')
  for (const file of ['docs/moving-to-v2.md', 'docs/moving-to-v2.ko.md']) {
    t.equal(fences(read(file), 'sql')[0]?.replace(/ *--.*$/gm, ''), sql.replace(/ *--.*$/gm, ''), file)
  }
  t.end()
})

for (const file of READMES) {
  test(`${file}: about 150 lines, the longest of 120 characters`, (t) => {
    const lines = read(file).split('\n')
    t.ok(lines.length <= 160, `${lines.length} lines`)
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

test('CONTRIBUTING.md: the layout names every folder of lib', (t) => {
  const markdown = read('CONTRIBUTING.md')
  const [, tree = ''] = /^```\n(lib\/\n.*?)^```/ms.exec(markdown) ?? []
  const named = [...tree.matchAll(/^ {2}(\w+)\/ /gm)].map(([, name = '']) => name)
  const folders = readdirSync(`${root}lib`, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  t.strictSame(named.sort(), folders.map(({ name }) => name).sort())
  t.end()
})

test('each test file that the documents name is there', (t) => {
  const named = DOCUMENTS.flatMap((file) => [
    ...read(file).matchAll(/\btest\/[\w/-]+\.test\.ts/g),
  ].map(([path]) => path))
  for (const path of named) t.ok(existsSync(root + path), path)
  t.ok(named.length > 20)
  t.end()
})

for (const [file, heading] of [['docs/portone.md', /^Ten ways/], ['docs/portone.ko.md', /^돈을 잃는/]] as const) {
  test(`${file}: ten traps, each with a test`, (t) => {
    const traps = sectionOf(read(file), heading).split('\n').filter((line) => line.startsWith('| ')).slice(1)
    t.equal(traps.length, 10)
    for (const trap of traps) t.match(trap, /`test\/portone\/[\w-]+\.test\.ts` \|$/)
    t.end()
  })
}

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
declare const app: import('fastify').FastifyInstance 
declare module '@fastify/cors' {
  const plugin: import('fastify').FastifyPluginAsync<{ origin: string }>
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
