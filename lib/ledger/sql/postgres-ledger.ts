import { monotonic, within } from '../../concurrency/deadline.js'
import { UnavailableError } from '../../errors.js'
import { assertMethods, readSettings, type PooledLedgerSettings } from '../settings.js'
import type { StoredLedger } from '../stored-ledger.js'
import { LedgerConflict, type Query } from './dialect.js'
import { poolShareOf } from './pool-share.js'
import { postgresDialect } from './postgres-dialect.js'
import { createPrepare, fillIn, type Fill } from './postgres-prepare.js'
import { createTransactionalLedger } from './transactional-ledger.js'

/** What is used of a `PoolClient` of `pg`. */
export interface PostgresClient {
  query (sql: string): Promise<{ rows: unknown[] }>
  escapeLiteral (text: string): string
  release (error?: Error | boolean): void
  on (event: 'error', listener: (error: Error) => void): unknown
  removeListener (event: 'error', listener: (error: Error) => void): unknown
}

/** What is used of a `Pool` of `pg`: its callbacks, as a connection can end before a promise gives it out. */
export interface PostgresPool<Client extends PostgresClient> {
  connect (callback: (error: Error | undefined, client: Client | undefined) => void): unknown
}

/** Milliseconds for a rollback: then we drop the connection, which rolls back as well. */
const ROLLBACK_MS = 5000

/**
 * A ledger on PostgreSQL, with the pool of `pg`: the hook's `tx` is the pool's client, in a transaction. Write
 * through it and not through the pool: only that commits together with the record.
 *
 * `begin` and `commit` travel in one message with our first and our last statement: two round trips for an event
 * instead of four. The price: values stand in the statement, escaped by `pg`, as such a message has no parameters,
 * and each connection prepares the statements by name.
 *
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function postgresLedger<Client extends PostgresClient> (
  pool: PostgresPool<Client>, { poolSize, ...settings }: PooledLedgerSettings = {}
): StoredLedger<Client> {
  assertMethods('pool', pool, 'connect')
  const read = readSettings(settings)
  const prepare = createPrepare()
  const stages = new WeakMap<Client, 'new' | 'begun' | 'committed'>()

  const send = (isLast: boolean, fill: Fill<Client>): Query<Client> => async (client, sql, params) => {
    const isFirst = stages.get(client) === 'new'
    try {
      const statement = params.length > 0 ? await fill(client, sql, params) : sql
      stages.set(client, 'begun')
      const results: unknown = await client.query(`${isFirst ? 'begin;' : ''}${statement}${isLast ? ';commit' : ''}`)
      if (isLast) stages.set(client, 'committed')
      const result: unknown = Array.isArray(results) ? results[isFirst ? 1 : 0] : results
      return typeof result === 'object' && result !== null && 'rows' in result ? result.rows : undefined
    } catch (error) {
      // All but the record, which is last and not first, come before the hook: they may be tried again.
      throw prepare.hasFailed(error) && (isFirst || !isLast) ? new LedgerConflict('', { cause: error }) : error
    }
  }
  const dialect = postgresDialect(
    read.table, send(false, prepare.fill()), send(true, prepare.fill()), (record) => send(false, prepare.fill(record)))

  return createTransactionalLedger<Client>({
    ...read,
    query: send(false, fillIn), // for `migrate` and `check`, once: it prepares nothing
    dialect,
    createDialect: (query) => postgresDialect(read.table, query),
    poolShare: poolShareOf(pool, poolSize),
    async transaction (run, onLate) {
      const { client, give } = await connect(pool)
      onLate(give.up)
      stages.set(client, 'new')
      try {
        await run(client)
        if (stages.get(client) === 'begun') await client.query('commit')
        give.back()
      } catch (error) {
        await within(client.query('rollback'), monotonic() + ROLLBACK_MS, () => new UnavailableError('no rollback'))
          .then(() => give.back(), give.up)
        throw error
      }
    },
  })
}

/**
 * Takes a client from the pool. The pool has removed its own listener for errors by then, and the server may end the
 * connection in the same packet: ours has to be there before anything else runs, and not one microtask later, as with a
 * promise.
 */
function connect<Client extends PostgresClient> (pool: PostgresPool<Client>) {
  return new Promise<{ client: Client, give: Give }>((resolve, reject) => {
    const take = (client: Client) => resolve({ client, give: createGive(client) })
    const returned = pool.connect((error, client) => {
      if (client === undefined) reject(error)
      else take(client)
    })
    // A wrapper around a pool may know the promise only.
    if (returned instanceof Promise) returned.then(take, reject)
  })
}

type Give = ReturnType<typeof createGive>

/** Returns a client to its pool once; or gives it up, which closes its connection and ends what still runs on it. */
function createGive (client: PostgresClient) {
  let isGiven = false
  // Without a listener, a connection that is lost between two queries ends the process.
  const onError = () => {}
  client.on('error', onError)
  const { release } = client
  client.release = () => {} // by the hook: the next payment would get our transaction
  return {
    back () {
      if (isGiven) return
      isGiven = true
      client.removeListener('error', onError)
      client.release = release
      client.release()
    },
    up (error: Error) {
      if (isGiven) return
      isGiven = true
      client.release = release
      client.release(error) // our listener stays: the client is used no more, but may still report its end
    },
  }
}
