import { CompiledQuery, Kysely, MysqlDialect, type Transaction } from 'kysely'
import { createPool } from 'mysql2'
import mysql from 'mysql2/promise'
import { test } from 'tap'
import { mysqlLedger } from '../../../lib/ledger/sql/mysql-ledger.js'
import { sqlLedger } from '../../../lib/ledger/sql/sql-ledger.js'
import { startChild } from '../../support/child.js'
import { mysqlUrl, skipMysql } from '../../support/mysql.js'
import { testContract } from '../test-contract.js'

test('the ledger on MySQL or MariaDB fulfils the contract of ledgers', { skip: skipMysql() }, async (t) => {
  const pools: mysql.Pool[] = []
  const threads = new Set<number>()
  t.teardown(() => Promise.all(pools.map((pool) => pool.end())))
  const connect = () => {
    const pool = mysql.createPool(mysqlUrl)
    pool.on('connection', ({ threadId }) => threads.add(threadId))
    pools.push(pool)
    return pool
  }
  const admin = connect()
  await mysqlLedger(admin).migrate()
  const open = (waitMs = 60_000) => mysqlLedger(connect(), { waitMs })

  testContract(t, {
    open: () => open(),
    openImpatient: open,
    hasFind: true,
    async startHolder (key) {
      const child = startChild(new URL('../holder.ts', import.meta.url), [mysqlUrl, key])
      await child.message()
      return child
    },
    async depose () {
      const [holders] = await admin.query<mysql.RowDataPacket[]>(
        'select trx_mysql_thread_id as id from information_schema.innodb_trx')
      for (const { id } of holders) if (threads.has(id)) await admin.query(`kill ${id}`)
    },
  })
})

test('a ledger on the transactions of Kysely fulfils the contract of ledgers', { skip: skipMysql() }, async (t) => {
  const databases: Kysely<unknown>[] = []
  t.teardown(() => Promise.all(databases.map((database) => database.destroy())))
  const open = (waitMs = 60_000) => {
    const database = new Kysely<unknown>({ dialect: new MysqlDialect({ pool: createPool(mysqlUrl) }) })
    databases.push(database)
    return sqlLedger<Transaction<unknown>>({
      dialect: 'mysql',
      table: 'kysely_events',
      waitMs,
      transaction: (run) => database.transaction().execute(run),
      query: async (tx, text, params) => (await tx.executeQuery(CompiledQuery.raw(text, params))).rows,
    })
  }
  await open().migrate()
  testContract(t, { open: () => open(), openImpatient: open, hasFind: true })
})
