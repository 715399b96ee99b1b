import mysql from 'mysql2/promise'
import type { PoolClient } from 'pg'
import { test, type Test } from 'tap'
import { mysqlLedger, postgresLedger, sqlLedger } from '../../../lib/index.js'
import { mysqlUrl, skipMysql } from '../../support/mysql.js'
import { glueOf, openPostgres } from '../../support/postgres.js'

/** What an application writes for `sqlLedger`. */
interface Glue<Tx> {
  transaction (run: (tx: Tx) => Promise<void>): Promise<unknown>
  query (tx: Tx, sql: string, params: (string | null)[]): Promise<unknown>
}

interface Database<Tx> {
  dialect: 'postgres' | 'mysql'
  glue: Glue<Tx>
  /** A `query` that does not use the transaction. */
  queryPool: Glue<Tx>['query']
  commit (tx: Tx): Promise<unknown>
}

type Mistake<Tx> = [name: string, wrong: Partial<Glue<Tx>>, message: RegExp]

const TABLE = 'glue_events'

/** A `query` that resolves to something else than the rows, and what `migrate` says about it. */
function wrongResults<Tx> ({ glue: { query } }: Database<Tx>): Mistake<Tx>[] {
  type Row = Record<string, unknown>
  const changed = (change: (rows: unknown) => unknown): Pick<Glue<Tx>, 'query'> => ({
    query: async (...args) => change(await query(...args)),
  })
  const each = (change: (row: Row) => unknown) => changed((rows) => Array.isArray(rows) ? rows.map(change) : rows)
  const text = (change: (value: string) => unknown) => each((row) => {
    return typeof row.result === 'string' ? { ...row, result: change(row.result) } : row
  })
  const capitals = (row: Row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), value]))
  return [
    ['[rows, metadata]', changed((rows) => [rows, { rowCount: 1 }]), /looks like \[rows, metadata\]: take the first/],
    ['[rows, metadata] without rows', { query: async () => [[], undefined] }, /looks like \[rows, metadata\]/],
    ['[rows, count]', changed((rows) => [rows, 1]), /looks like \[rows, metadata\]/],
    ['an object with rows', changed((rows) => ({ rows })), /an object with rows: take these/],
    ['undefined', changed(() => undefined), /it resolved to undefined/],
    ['a count', changed(() => 1), /it resolved to number/],
    ['no rows at all', changed(() => []), /there was none where one must be/],
    ['one value for each row', each(() => 1), /an array of number/],
    ['columns in capitals', each(capitals), /no first among FIRST/],
    ['parsed JSON', text((value) => JSON.parse(value)), /result came as an object/],
    ['text as bytes', text((value) => Buffer.from(value)), /result came as bytes/],
    ['numbers as text of another protocol', each((row) => 'done' in row ? { ...row, done: '\u0000' } : row),
      /done came as string, and is neither 0 nor 1/],
    ['text that comes back changed', text((value) => value.replace('🧾', '?')), /came back changed/],
  ]
}

/** Parameters or transactions that the glue handles wrongly, and what `migrate` says about it. */
function wrongHandling<Tx> ({ glue: { query, transaction }, queryPool, commit }: Database<Tx>): Mistake<Tx>[] {
  const commitAndReject: Glue<Tx>['transaction'] = (run) => transaction(async (tx) => {
    await run(tx).catch(async (error) => {
      await commit(tx)
      throw error
    })
  })
  const commitAndResolve: Glue<Tx>['transaction'] = (run) => transaction((tx) => run(tx).catch(() => {}))
  const rollBackAndResolve: Glue<Tx>['transaction'] = (run) => transaction(run).catch(() => {})
  const commitAtOnce: Glue<Tx>['transaction'] = (run) => transaction(async (tx) => { run(tx).catch(() => {}) })
  return [
    ['no parameters', { query: (tx, sql) => query(tx, sql, []) }, /must pass on `params`/],
    ['reversed parameters', { query: (tx, sql, params) => query(tx, sql, params.toReversed()) }, /in their order/],
    ['statements on the pool', { query: queryPool }, /not on the pool/],
    ['a failure that is committed', { transaction: commitAndReject }, /was committed: transaction must roll back/],
    ['a swallowed error, committed', { transaction: commitAndResolve }, /was committed/],
    ['a swallowed error, rolled back', { transaction: rollBackAndResolve }, /must reject/],
    ['a transaction that does not wait', { transaction: commitAtOnce }, /must await what it runs/],
  ]
}

/** Checks what `migrate` and `check` say about right and wrong glue, and that they leave no row. */
async function testMistakes<Tx> (t: Test, database: Database<Tx>, readRows: () => Promise<unknown>) {
  const { dialect, glue } = database
  const right = sqlLedger({ dialect, table: TABLE, ...glue })
  await t.rejects(right.check(), { code: 'IAMPORT_UNAVAILABLE', message: /no table: run ledger\.migrate/ })
  await right.migrate()
  await right.check()
  t.strictSame(await readRows(), [], 'right glue')
  for (const [name, wrong, message] of [...wrongResults(database), ...wrongHandling(database)]) {
    const ledger = sqlLedger({ dialect, table: TABLE, ...glue, ...wrong })
    await t.rejects(ledger.migrate(), { code: 'IAMPORT_INVALID_OPTIONS', message }, name)
    await t.rejects(ledger.check(), { code: 'IAMPORT_INVALID_OPTIONS', message }, `check: ${name}`)
    t.strictSame(await readRows(), [], name)
  }
}

const looksLikeMetadata = /looks like \[rows, metadata\]/

test('with PostgreSQL, migrate says what is wrong with the glue, and leaves no row', async (t) => {
  const postgres = await openPostgres()
  t.teardown(() => postgres.remove())
  const pool = postgres.pool({ max: 4 })
  const readRows = async () => (await pool.query(`select event_key from ${TABLE}`)).rows
  const glue = glueOf(pool)
  const queryPool: Glue<PoolClient>['query'] = async (_, sql, params) => (await pool.query(sql, params)).rows
  await testMistakes(t, { dialect: 'postgres', glue, queryPool, commit: (client) => client.query('commit') }, readRows)

  await postgresLedger(pool, { table: TABLE }).migrate()
  // TypeORM gives [rows, count] for what updates or deletes, and the rows alone for all else.
  const query: Glue<PoolClient>['query'] = async (client, sql, params) => {
    const rows = await glue.query(client, sql, params)
    return /^(update|delete)/.test(sql) ? [rows, 1] : rows
  }
  const typeorm = sqlLedger({ dialect: 'postgres', table: TABLE, transaction: glue.transaction, query })
  await t.rejects(typeorm.migrate(), { code: 'IAMPORT_INVALID_OPTIONS', message: looksLikeMetadata })
  const unavailable = { code: 'IAMPORT_UNAVAILABLE', cause: { message: looksLikeMetadata } }
  await t.rejects(typeorm.once('imp_1:paid', async () => 'paid'), unavailable)
  t.strictSame(await readRows(), [])
})

test('with MySQL or MariaDB, migrate says what is wrong with the glue, and leaves no row', {
  skip: skipMysql(),
}, async (t) => {
  const pool = mysql.createPool({ uri: mysqlUrl, connectionLimit: 4 })
  t.teardown(() => pool.end())
  await pool.query(`drop table if exists ${TABLE}`)
  const readRows = async () => (await pool.query<mysql.RowDataPacket[]>(`select event_key from ${TABLE}`))[0]
  const glue: Glue<mysql.PoolConnection> = {
    async transaction (run) {
      const connection = await pool.getConnection()
      try {
        await connection.beginTransaction()
        await run(connection)
        await connection.commit()
      } catch (error) {
        await connection.rollback()
        throw error
      } finally {
        connection.release()
      }
    },
    query: async (connection, sql, params) => (await connection.query(sql, params))[0],
  }
  const queryPool: typeof glue.query = async (_, sql, params) => (await pool.query(sql, params))[0]
  await testMistakes(t, { dialect: 'mysql', glue, queryPool, commit: (connection) => connection.commit() }, readRows)

  await mysqlLedger(pool, { table: TABLE }).migrate()
  const query: typeof glue.query = async (tx, sql, params) => [await glue.query(tx, sql, params), {}]
  const sequelize = sqlLedger({ dialect: 'mysql', table: TABLE, transaction: glue.transaction, query })
  const unavailable = { code: 'IAMPORT_UNAVAILABLE', cause: { message: looksLikeMetadata } }
  await t.rejects(sequelize.once('imp_1:paid', async () => t.fail('it ran')), unavailable)
  await pool.query(`drop table ${TABLE}`)
})
