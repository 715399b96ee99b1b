// Compiles lib/ to dist/ and copies the sandbox's pages beside the code that serves them. `--clean` empties dist/ first.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')

if (process.argv.includes('--clean')) rmSync(`${root}dist`, { recursive: true, force: true })
execFileSync(process.execPath, [tsc, '-p', `${root}tsconfig.build.json`], { stdio: 'inherit' })
if (existsSync(`${root}lib/sandbox/public`)) cpSync(`${root}lib/sandbox/public`, `${root}dist/sandbox/public`, { recursive: true })
