import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'

const root = fileURLToPath(new URL('../', import.meta.url))

/** The modules of lib, and what each imports of lib; types too, as a circle of types is one all the same. */
async function readImports (): Promise<Map<string, string[]>> {
  const files = (await readdir(join(root, 'lib'), { recursive: true })).filter((file) => file.endsWith('.ts'))
  return new Map(await Promise.all(files.map(async (file): Promise<[string, string[]]> => {
    const source = await readFile(join(root, 'lib', file), 'utf8')
    const imported = [...source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path = '']) =>
      relative(join(root, 'lib'), join(root, 'lib', dirname(file), path)).replace(/\.js$/, '.ts'))
    return [file, imported]
  })))
}

/** A way from a module back to itself, if there is one. */
function findCircle (imports: Map<string, string[]>): string[] | undefined {
  const done = new Set<string>()
  function walk (file: string, way: string[]): string[] | undefined {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const next of imports.get(file) ?? []) {
      const circle = walk(next, [...way, file])
      if (circle) return circle
    }
    done.add(file)
  }
  for (const file of imports.keys()) {
    const circle = walk(file, [])
    if (circle) return circle
  }
}

/** The folders of lib, from the top: nothing in one imports from one above it. */
const FOLDERS = ['iamport', 'portone', 'plugin', 'routes', 'completion', 'ledger', 'http', 'concurrency']

/** Beside all that: what `cli.ts` runs. */
const COMMANDS = ['doctor', 'sandbox']

/** Side by side at the top: neither imports from the other. */
const PROVIDERS = ['iamport', 'portone']

/** Beside all that: modules of NestJS around the two plugins. Nothing else imports it, or Nest. */
const NEST = 'nestjs'

/** The words that everything shares; of the folders they know what a payment is, and nothing else. */
const WORDS = ['errors.ts', 'hooks.ts', 'messages.ts', 'money.ts']
const WORDS_KNOW = [...WORDS, 'completion/payment.ts']

const folderOf = (file: string) => file.split('/')[0] ?? ''

function isAllowed (file: string, imported: string): boolean {
  if (file === 'index.ts') return ![NEST, ...COMMANDS].includes(folderOf(imported))
  if (file === 'cli.ts') return COMMANDS.includes(folderOf(imported))
  if (folderOf(file) === NEST) return !COMMANDS.includes(folderOf(imported))
  if (WORDS.includes(file)) return WORDS_KNOW.includes(imported)
  if (WORDS.includes(imported) || folderOf(imported) === folderOf(file)) return true
  // The doctor uses both providers' clients, and nothing uses the doctor.
  if (folderOf(file) === 'doctor') return FOLDERS.includes(folderOf(imported))
  // The sandbox stands in for the provider: it shares words, limits and clocks with the plugin, and not how it decides.
  if (folderOf(file) === 'sandbox') return !['completion', 'routes'].includes(folderOf(imported))
  if (PROVIDERS.includes(folderOf(imported))) return false
  const [from, to] = [FOLDERS.indexOf(folderOf(file)), FOLDERS.indexOf(folderOf(imported))]
  return from !== -1 && to !== -1 && from < to
}

test('the parser of imports finds them', async (t) => {
  const imports = await readImports()
  t.ok(imports.size > 20)
  t.ok(imports.get('index.ts')?.includes('iamport/plugin.ts'))
  t.ok(imports.get('routes/webhook.ts')?.includes('concurrency/negative-cache.ts'))
  for (const [file, imported] of imports) for (const one of imported) t.ok(imports.has(one), `${file} imports ${one}`)
})

test('the search for a circle finds one', async (t) => {
  t.strictSame(findCircle(new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]])), ['b', 'c', 'b'])
})

test('imports in lib form layers without a circle', async (t) => {
  t.strictSame(findCircle(await readImports()), undefined)
})

test('nothing in a folder imports from one above it', async (t) => {
  const wrong: string[] = []
  for (const [file, imported] of await readImports()) {
    for (const one of imported) if (!isAllowed(file, one)) wrong.push(`${file} imports ${one}`)
  }
  t.strictSame(wrong, [])
  t.notOk(isAllowed('completion/execute-refund.ts', 'iamport/client.ts'), 'the rule finds what breaks it')
  t.notOk(isAllowed('portone/client.ts', 'iamport/client.ts'), 'also between two providers')
  t.notOk(isAllowed('iamport/client.ts', 'portone/client.ts'), 'in both directions')
})

test('what of lib names an endpoint, an envelope or a token of the provider is in its folder', async (t) => {
  const wrong: string[] = []
  for (const file of (await readImports()).keys()) {
    if (/^(iamport|portone|sandbox)\//.test(file)) continue
    const code = (await readFile(join(root, 'lib', file), 'utf8')).replace(/\/\*.*?\*\/|\/\/.*$/gms, '')
    if (/['"`]\/(payments|users|vbanks)\/(?!complete|webhook|confirm)|access_token|imp_key|imp_secret/.test(
      code
    )) wrong.push(file)
  }
  t.strictSame(wrong, [])
})

test('only nestjs imports NestJS, which hardly any shop has installed', async (t) => {
  const importing: string[] = []
  for (const file of (await readImports()).keys()) {
    if (/from '@nestjs/.test(await readFile(join(root, 'lib', file), 'utf8'))) importing.push(file)
  }
  t.strictSame(importing.filter((file) => folderOf(file) !== NEST), [])
  t.ok(importing.length > 0)
})

test('nothing outside the sandbox or the doctor imports it, but the command that runs it', async (t) => {
  const wrong: string[] = []
  for (const [file, imported] of await readImports()) {
    for (const one of imported) {
      const folder = folderOf(one)
      if (COMMANDS.includes(folder) && folderOf(file) !== folder && file !== 'cli.ts') {
        wrong.push(`${file} imports ${one}`)
      }
    }
  }
  t.strictSame(wrong, [])
})

test('the rules and money know nothing of clocks, networks or logs', async (t) => {
  for (const file of ['completion/rules.ts', 'completion/refund-rules.ts', 'money.ts']) {
    const code = (await readFile(join(root, 'lib', file), 'utf8')).replace(/\/\*.*?\*\/|\/\/.*$/gms, '')
    t.notMatch(code, /\b(Date|performance|setTimeout|fetch|undici|console|process|await|log)\b|node:/, file)
  }
})

test('no module keeps a state of requests, reads the environment, or does anything at import', async (t) => {
  const files = [...(await readImports()).keys()].filter((file) => !file.startsWith('sandbox/') && file !== 'cli.ts')
  for (const file of files) {
    const source = await readFile(join(root, 'lib', file), 'utf8')
    t.notMatch(source, /process\.env|^let |^await |^(setInterval|setTimeout)\(/m, file)
  }
})

test('no type is silenced', async (t) => {
  for (const file of (await readImports()).keys()) {
    const source = await readFile(join(root, 'lib', file), 'utf8')
    t.notMatch(source, /\bas any\b|: any\b|<any>|@ts-(ignore|expect-error|nocheck)/, file)
  }
})
