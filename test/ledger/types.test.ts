import pg from 'pg'
import mysql from 'mysql2/promise'
import { test } from 'tap'
import { iamportOptions } from '../../lib/index.js'
import { mysqlLedger } from '../../lib/ledger/sql/mysql-ledger.js'
import { postgresLedger } from '../../lib/ledger/sql/postgres-ledger.js'
import { sqlLedger } from '../../lib/ledger/sql/sql-ledger.js'

const options = { impKey: 'key', impSecret: 'secret' }

test('the type of tx is that of the ledger, and undefined while a payment is confirmed', async (t) => {
  const pool = new pg.Pool()
  const mysqlPool = mysql.createPool({})
  t.teardown(() => Promise.all([pool.end(), mysqlPool.end()]))

  iamportOptions({
    ...options,
    ledger: postgresLedger(pool),
    async getExpectedAmount (_, { tx }) {
      // @ts-expect-error it is undefined while a payment is confirmed
      tx.query('select 1').catch(() => {})
      const { rows } = await (tx ?? pool).query<{ amount: number }>('select amount from orders')
      return rows[0]?.amount
    },
    onConfirm (_, { tx }) {
      const none: undefined = tx
      return none
    },
    async onPaid (_, { tx }) {
      const client: pg.PoolClient = tx
      // @ts-expect-error there is no such method
      client.unknown()
    },
  })
  iamportOptions({
    ...options,
    ledger: mysqlLedger(mysqlPool),
    getExpectedAmount: ({ merchant_uid: id, currency, custom_data: data }) =>
      id === data ? { amount: 14000, currency } : null,
    async onPaid (_, { tx }) {
      const connection: mysql.PoolConnection = tx
      // @ts-expect-error there is no such method
      connection.unknown()
    },
  })
  iamportOptions({
    ...options,
    ledger: sqlLedger({
      dialect: 'postgres',
      transaction: (run: (tx: { id: number }) => Promise<void>) => run({ id: 1 }),
      query: async () => [],
    }),
    getExpectedAmount: () => 14000,
    onPaid (_, { tx }) {
      const id: number = tx.id
      return id
    },
  })
})
