// Runs the tests and says in plain lines what runs, what failed, and what was left out: `npm test`, `npm run test:fast`
// (which names its files in package.json), `npm run test:browser`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createTapReport } from './tap-report.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const tap = `${root}node_modules/.bin/tap`
const [mode = '--all', ...files] = process.argv.slice(2)

/** @typedef {{ title: string, args: string[], gate?: boolean }} Part */
/** @type {Part} */
const BROWSER = {
  title: 'the demo and the sandbox in Chromium, one file at a time',
  args: ['--disable-coverage', '--jobs=1', 'test/browser/*.test.ts'],
}

/** @type {Record<string, { about: string, parts: Part[], leftOut: string[] }>} */
const RUNS = {
  '--all': {
    about: 'All tests: about 17 minutes on two cores. `npm run test:fast` takes one.',
    parts: [{ title: 'all but browsers, with coverage', args: ['--exclude=test/browser/**'], gate: true }, BROWSER],
    leftOut: [],
  },
  '--fast': {
    about: 'What decides about money: about a minute on two cores. `npm test` runs everything.',
    parts: [{ title: 'rules, refunds, a ledger, routes', args: ['--disable-coverage', '--jobs=2', ...files] }],
    leftOut: ['browsers, databases, killed servers, examples, the sandbox, coverage: they take longer (npm test)'],
  },
  '--browser': { about: 'The tests in a browser: about 6 minutes on two cores.', parts: [BROWSER], leftOut: [] },
}

/** @param {string[]} args of Node @returns whether it ended well */
async function run (args) {
  const [code] = await once(spawn(process.execPath, args, { cwd: root, stdio: 'inherit' }), 'exit')
  return code === 0
}

/** @param {Part} part @param {ReturnType<typeof createTapReport>} reporter */
async function runPart ({ title, args }, reporter) {
  console.log(`\n${title}:`)
  const command = [tap, '--reporter=tap', ...args]
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) reporter.read(line)
  const [code] = await ended
  return code === 0
}

const chosen = RUNS[mode]
if (!chosen) throw new Error(`there is no ${mode}: choose one of ${Object.keys(RUNS).join(', ')}`)

const startedAt = Date.now()
console.log(chosen.about)
// The fast ones need no dist/.
if (mode !== '--fast' && !(await run([`${root}scripts/build.js`]))) process.exit(1)
const reporter = createTapReport((line) => console.log(line))
const { report } = reporter
let isGood = true
for (const part of chosen.parts) {
  isGood = await runPart(part, reporter) && isGood
  if (part.gate) isGood = await run([`${root}scripts/check-coverage.js`]) && isGood
}

/** @param {{ path: string[], reason: string }} remark */
function describe ({ path: [file, ...names], reason }) {
  return `  ${[file, names.join(' > '), reason].filter((text) => text !== '').join(': ')}`
}
const leftOut = [...report.leftOut.map(describe), ...chosen.leftOut.map((text) => `  ${text}`)]
const minutes = ((Date.now() - startedAt) / 60_000).toFixed(1)
const { tests, failed } = report
console.log(`\n${tests} tests in ${minutes} minutes, failures: ${failed.length}.`)
if (leftOut.length > 0) console.log(`Left out:\n${leftOut.join('\n')}`)
if (failed.length > 0) console.log(`Failed:\n${failed.map(describe).join('\n')}`)
console.log(isGood ? 'All good.' : 'NOT GOOD: see above.')
if (!isGood) process.exitCode = 1
