import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { test } from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))
const NPM = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** The files of the tarball, by their paths in it. */
async function packed (): Promise<string[]> {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const { stdout } = await promisify(execFile)(NPM, args, { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } })
  const [{ files }]: [{ files: { path: string }[] }] = JSON.parse(stdout)
  return files.map(({ path }) => path)
}

/** Pictures, and what is of use in a clone of the repository alone. */
const LEFT_OUT = new RegExp('^(' + [
  'CONTRIBUTING\\.md', 'bench/README\\.md', 'docs/(pictures|design\\.md)', 'examples/(ledgers|nestjs|reconcile|shop)',
].join('|') + ')(/|$)')

test('every link of the tarball\'s documents leads to a file in it, or to what is left out', async (t) => {
  const files = new Set(await packed())
  const documents = [...files].filter((path) => path.endsWith('.md'))
  for (const document of ['README.md', 'README.ko.md', 'docs/options.md', 'docs/options.ko.md']) {
    t.ok(files.has(document), document)
  }
  let links = 0
  for (const document of documents) {
    for (const [, path = ''] of readFileSync(join(root, document), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const target = normalize(join(dirname(document), path)).replace(/\/$/, '')
      const isLeftOut = LEFT_OUT.test(target) && existsSync(join(root, target))
      const isThere = files.has(target) || [...files].some((file) => file.startsWith(`${target}/`))
      t.ok(isThere || isLeftOut, `${document}: ${path}`)
      links++
    }
  }
  t.ok(links > 50)
})

test('the tarball holds code, documents and examples, and nothing that was left behind by running them', async (t) => {
  const files = await packed()
  const document = /^(README(\.ko)?|CHANGELOG|SECURITY)\.md$/
  const known = (path: string) =>
    /^(dist|docs|examples)\//.test(path) || document.test(path) || ['LICENSE', 'package.json'].includes(path)
  const isStray = /\.(sqlite|tgz|tap|map|png)|-lock\.json|node_modules/
  t.strictSame(files.filter((path) => !known(path) || isStray.test(path) || LEFT_OUT.test(path)), [])
})
