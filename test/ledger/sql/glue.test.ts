import mysql from 'mysql2/promise'
import type { Pool, PoolClient } from 'pg'
import { test } from 'tap'
import { mysqlLedger, postgresLedger, sqlLedger } from '../../../lib/index.js'
import { mysqlUrl, skipMysql } from '../../support/mysql.js'
import { openPostgres } from '../../support/postgres.js'

/** What somebody writes for `sqlLedger`, from what a plain driver has. */
interface Glue<Tx> {
  transaction (run: (tx: Tx) => Promise<void>): Promise<unknown>
  query (tx: Tx, sql: string, params: (string | null)[]): Promise<unknown>
}

/** The same mistakes, made with any of the databases. */
function mistakes<Tx> ({ transaction, query }: Glue<Tx>, onPool: Glue<Tx>['query'], commit: (tx: Tx) => Promise<unknown>) {
  type Row = Record<string, unknown>
  const each = (change: (row: Row) => unknown): Glue<Tx>['query'] => async (...args) => {
    const result = await query(...args)
    return Array.isArray(result) ? result.map(change) : result
  }
  const text = (change: (value: string) => unknown) => each((row) => {
    return typeof row.result === 'string' ? { ...row, result: change(row.result) } : row
  })
  const wrong: [string, Partial<Glue<Tx>>, RegExp][] = [
    ['[rows, metadata]', { query: async (...args) => [await query(...args), { rowCount: 1 }] }, /looks like \[rows, metadata\]: take the first/],
    ['[rows, metadata], where there are none', { query: async () => [[], undefined] }, /looks like \[rows, metadata\]/],
    ['[rows, count]', { query: async (...args) => [await query(...args), 1] }, /looks like \[rows, metadata\]/],
    ['an object with rows', { query: async (...args) => ({ rows: await query(...args) }) }, /an object with rows: take these/],
    ['nothing', { query: async (...args) => { await query(...args) } }, /it resolved to undefined/],
    ['a count', { query: async (...args) => { await query(...args); return 1 } }, /it resolved to number/],
    ['no rows at all', { query: async (...args) => { await query(...args); return [] } }, /there was none where one must be/],
    ['one value for each row', { query: each(() => 1) }, /an array of number/],
    ['columns in capitals', {
      query: each((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), value]))),
    }, /no first among FIRST/],
    ['placeholders that are not passed on', { query: (tx, sql) => query(tx, sql, []) }, /must pass on `params`/],
    ['parameters in another order', { query: (tx, sql, params) => query(tx, sql, params.toReversed()) }, /in their order/],
    ['JSON that is parsed', { query: text((value) => JSON.parse(value)) }, /result came as an object/],
    ['text as bytes', { query: text((value) => Buffer.from(value)) }, /result came as bytes/],
    ['text that comes back changed', { query: text((value) => value.replace('🧾', '?')) }, /came back changed/],
    ['statements that run on the pool', { query: onPool }, /not on the pool/],
    ['a transaction that commits what failed', {
      transaction: (run) => transaction(async (tx) => { await run(tx).catch(async (error) => { await commit(tx); throw error }) }),
    }, /was committed: transaction must roll back/],
    ['a transaction that swallows the error, and commits', { transaction: (run) => transaction((tx) => run(tx).catch(() => {})) }, /was committed/],
    ['a transaction that swallows the error, and rolls back', { transaction: (run) => transaction(run).catch(() => {}) }, /must reject/],
    ['a transaction that does not wait', { transaction: (run) => transaction(async (tx) => { run(tx).catch(() => {}) }) }, /must await what it runs/],
  ]
  return wrong
}

test('migrate says what is wrong with the glue, and leaves no row, with PostgreSQL', async (t) => {
  const postgres = await openPostgres()
  t.teardown(() => postgres.remove())
  const pool: Pool = postgres.pool({ max: 4 })
  const glue: Glue<PoolClient> = {
    async transaction (run) {
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
    query: async (client, sql, params) => (await client.query(sql, params)).rows,
  }
  const table = 'glue_events'
  const right = sqlLedger({ dialect: 'postgres', table, ...glue })
  await right.migrate()
  await postgresLedger(pool, { table }).migrate()
  const onPool: typeof glue.query = async (_, sql, params) => (await pool.query(sql, params)).rows
  for (const [name, wrong, message] of mistakes(glue, onPool, (client) => client.query('commit'))) {
    await t.rejects(sqlLedger({ dialect: 'postgres', table, ...glue, ...wrong }).migrate(), { code: 'IAMPORT_INVALID_OPTIONS', message }, name)
    t.strictSame((await pool.query(`select event_key from ${table}`)).rows, [], name)
  }
  // TypeORM gives [rows, count] for what updates or deletes, and the rows alone for all else.
  const typeorm = sqlLedger({
    dialect: 'postgres',
    table,
    ...glue,
    query: async (client, sql, params) => /^(update|delete)/.test(sql) ? [await glue.query(client, sql, params), 1] : glue.query(client, sql, params),
  })
  await t.rejects(typeorm.migrate(), { code: 'IAMPORT_INVALID_OPTIONS', message: /looks like \[rows, metadata\]/ })
  await t.rejects(typeorm.once('imp_1:paid', async () => 'paid'), { code: 'IAMPORT_UNAVAILABLE', cause: { message: /looks like \[rows, metadata\]/ } })
  t.strictSame((await pool.query(`select event_key from ${table}`)).rows, [])
})

test('migrate says what is wrong with the glue, and leaves no row, with MySQL or MariaDB', { skip: skipMysql() }, async (t) => {
  const pool = mysql.createPool({ uri: mysqlUrl, connectionLimit: 4 })
  t.teardown(() => pool.end())
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
  const table = 'glue_events'
  await pool.query(`drop table if exists ${table}`)
  const right = sqlLedger({ dialect: 'mysql', table, ...glue })
  await right.migrate()
  await mysqlLedger(pool, { table }).migrate()
  const left = async () => (await pool.query<mysql.RowDataPacket[]>(`select event_key from ${table}`))[0]
  const onPool: typeof glue.query = async (_, sql, params) => (await pool.query(sql, params))[0]
  for (const [name, wrong, message] of mistakes(glue, onPool, (connection) => connection.commit())) {
    await t.rejects(sqlLedger({ dialect: 'mysql', table, ...glue, ...wrong }).migrate(), { code: 'IAMPORT_INVALID_OPTIONS', message }, name)
    t.strictSame(await left(), [], name)
  }
  const sequelize = sqlLedger({
    dialect: 'mysql', table, ...glue, query: async (tx, sql, params) => [await glue.query(tx, sql, params), {}],
  })
  let ran = 0
  await t.rejects(sequelize.once('imp_1:paid', async () => ++ran), {
    code: 'IAMPORT_UNAVAILABLE', cause: { message: /looks like \[rows, metadata\]/ },
  })
  t.equal(ran, 0)
  const asArrays = mysql.createPool({ uri: mysqlUrl, rowsAsArray: true })
  t.teardown(() => asArrays.end())
  await t.rejects(mysqlLedger(asArrays, { table }).migrate(), { code: 'IAMPORT_INVALID_OPTIONS' })
  await pool.query(`drop table ${table}`)
})
