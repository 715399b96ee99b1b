import { monotonic, within } from '../deadline.js'
import { UnavailableError } from '../errors.js'
import { assertMethods, type LedgerSettings } from './settings.js'
import { sqlLedger } from './sql-ledger.js'
import type { StoredLedger } from './stored-ledger.js'

/** What is used of a `PoolClient` of `pg`. */
export interface PostgresClient {
  query (sql: string, params?: (string | null)[]): Promise<{ rows: unknown[] }>
  release (error?: Error | boolean): void
  on (event: 'error', listener: (error: Error) => void): unknown
  removeListener (event: 'error', listener: (error: Error) => void): unknown
}

/** What is used of a `Pool` of `pg`. The second signature stands for its callbacks, which are not. */
export interface PostgresPool<Client extends PostgresClient> {
  connect: { (): Promise<Client>, (callback: never): void }
}

/** Milliseconds for a rollback: after that the connection is dropped, which rolls back as well. */
const ROLLBACK_MS = 5000

/**
 * A ledger on PostgreSQL, with the pool of `pg`: the hook's `tx` is the pool's client, in a transaction. Write through it and not
 * through the pool: only that commits together with the record.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function postgresLedger<Client extends PostgresClient> (pool: PostgresPool<Client>, settings: LedgerSettings = {}): StoredLedger<Client> {
  assertMethods('pool', pool, 'connect')
  return sqlLedger<Client>({
    ...settings,
    dialect: 'postgres',
    query: async (client, sql, params) => (await client.query(sql, params)).rows,
    async transaction (run, signal) {
      const client = await pool.connect()
      const give = createGive(client, signal)
      try {
        await client.query('begin')
        await run(client)
        await client.query('commit')
        give.back()
      } catch (error) {
        await within(client.query('rollback'), monotonic() + ROLLBACK_MS, () => new UnavailableError('no rollback')).then(() => give.back(), give.up)
        throw error
      }
    },
  })
}

/** Gives a client back to its pool once, or up: then its connection is closed, which ends what still runs on it. */
function createGive (client: PostgresClient, signal: AbortSignal) {
  let isGiven = false
  const onAbort = () => give.up(new Error('the ledger gave up its connection', { cause: signal.reason }))
  // Without a listener, a connection that is lost while nobody awaits a query ends the process.
  const onError = () => {}
  client.on('error', onError)
  signal.addEventListener('abort', onAbort)
  const give = {
    back () {
      if (isGiven) return
      isGiven = true
      signal.removeEventListener('abort', onAbort)
      client.removeListener('error', onError)
      client.release()
    },
    up (error: Error) {
      if (isGiven) return
      isGiven = true
      client.release(error) // our listener stays: the client is no longer used, and may still report its end
    },
  }
  return give
}
