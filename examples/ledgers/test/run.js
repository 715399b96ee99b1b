// Tests the ledgers on every client, and the shops of this folder: `node test/run.js [postgres] [mysql] [sqlite] [types]`. PostgreSQL starts
// here; MariaDB by scripts/with-mariadb.sh; SQLite is `node:sqlite`, of Node 24. First: `npm ci`, here and in the root.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, env, execPath, exit, versions } from 'node:process'
import { startPostgres } from './postgres.js'
import { checkTypes, generatePrisma, link } from './prepare.js'

const here = new URL('.', import.meta.url).pathname
const directory = mkdtempSync(join(tmpdir(), 'fastify-iamport-ledgers-'))
const kinds = argv.length > 2 ? argv.slice(2) : ['postgres', 'mysql', 'types', ...isNode24() ? ['sqlite'] : []]
if (kinds.includes('mysql') && env.TEST_MYSQL_URL === undefined) throw new Error('TEST_MYSQL_URL is not set: scripts/with-mariadb.sh sets it')

link()
const [postgres] = await Promise.all([
  kinds.includes('postgres') ? startPostgres() : undefined,
  kinds.some((kind) => kind !== 'sqlite') && generatePrisma(),
])
const steps = {
  postgres: () => runBoth('postgres', postgres?.url, postgres?.url),
  mysql: () => runBoth('mysql', env.TEST_MYSQL_URL, env.TEST_MYSQL_URL),
  sqlite: () => runBoth('sqlite', join(directory, 'suite.sqlite'), join(directory, 'shop.sqlite')),
  types: checkTypes,
}
// Two at a time: what waits for one database leaves the processor to the other.
const others = kinds.filter((kind) => kind !== 'postgres')
const passed = await Promise.all([
  inTurn(kinds.filter((kind) => kind === 'postgres').map((kind) => steps[kind])),
  inTurn(others.map((kind) => steps[kind])),
])
await postgres?.stop()
rmSync(directory, { recursive: true, force: true })
exit(passed.every(Boolean) ? 0 : 1)

function isNode24 () {
  return Number(versions.node.split('.')[0]) >= 24
}

/** @param {(() => Promise<boolean>)[]} steps */
async function inTurn (steps) {
  let hasPassed = true
  for (const step of steps) hasPassed = await step() && hasPassed
  return hasPassed
}

async function runBoth (kind, suiteUrl, shopUrl) {
  const hasPassed = await run('suite.js', kind, suiteUrl)
  return await run('recipes.js', kind, shopUrl) && hasPassed
}

/** Runs a test file and shows what failed when it has ended, so that two of them do not mix. */
async function run (file, ...args) {
  // A driver may keep a connection that the database has ended, and with it the process.
  const child = spawn(execPath, ['--test-force-exit', '--test-reporter=tap', here + file, ...args])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { output += data })
  const [code] = await once(child, 'close')
  if (code !== 0) console.log(output)
  const [, count] = /^# pass (\d+)$/m.exec(output) ?? []
  console.log(`${file} ${args[0]}: ${code === 0 ? `${count} passed` : 'failed'}, after ${Math.round(performance.now() / 1000)} s`)
  return code === 0
}
