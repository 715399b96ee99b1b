// Makes dist/ of lib/ if something has changed since the last time: the declarations, the CommonJS code, the ES modules
// that name its exports, and the sandbox's pages beside the code that serves them. `--clean` empties dist/ first.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { compileCommonjs, removeInnerDeclarations, writeModules } from './commonjs.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
/** What dist/ was made of. It lies in dist/, so that it goes with it. */
const stamp = `${root}dist/.sources`

/** Of all that the result depends on, by content: a checkout changes times, and a failed compilation leaves files. */
function hashSources () {
  const hash = createHash('sha256')
  const files = readdirSync(`${root}lib`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`)
  const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'package.json', 'scripts/build.js', 'scripts/commonjs.js']
  for (const file of [...files, ...settings.map((name) => root + name)].sort()) {
    hash.update(file.slice(root.length)).update('\n').update(readFileSync(file))
  }
  return hash.digest('hex')
}

const sources = hashSources()
if (process.argv.includes('--clean')) rmSync(`${root}dist`, { recursive: true, force: true })
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== sources) {
  rmSync(stamp, { force: true })
  console.error('Compiling lib/ to dist/: about 10 seconds, and only when something has changed …')
  try {
    execFileSync(process.execPath, [tsc, '-p', `${root}tsconfig.build.json`], { stdio: 'inherit' })
  } catch {
    console.error('lib/ does not compile.')
    process.exit(1)
  }
  compileCommonjs(`${root}lib`, `${root}dist`)
  writeModules(root)
  removeInnerDeclarations(root)
  cpSync(`${root}lib/sandbox/public`, `${root}dist/sandbox/public`, { recursive: true })
  writeFileSync(stamp, sources)
}
