import { kyselyLedger } from 'fastify-iamport'
import { CamelCasePlugin, CompiledQuery, Kysely, MysqlDialect, PostgresDialect, sql, SqliteDialect } from 'kysely'
import { mysqlPool, postgresPool } from './pools.js'

function open (dialect, settings) {
  const db = new Kysely({ dialect, plugins: [new CamelCasePlugin()] })
  return {
    ledger: kyselyLedger(db, settings),
    pay: (tx, id) => tx.updateTable('orders').set({ status: 'paid', deliveries: sql`deliveries + 1` }).where('id', '=', id).execute(),
    run: (tx, statement) => tx.executeQuery(CompiledQuery.raw(statement)),
    readPast: (id) => db.selectFrom('orders').selectAll().where('id', '=', id).execute(),
    end: () => db.destroy(),
  }
}

export function postgres (url, poolSize, settings) {
  const pool = postgresPool(url, poolSize)
  return open(new PostgresDialect({ pool }), { pool, ...settings })
}

export function mysql (url, poolSize, settings) {
  const pool = mysqlPool(url, poolSize)
  return open(new MysqlDialect({ pool }), { pool, ...settings })
}

export async function sqlite (file, _, settings) {
  const { Database } = await import('./node-sqlite.js')
  return open(new SqliteDialect({ database: new Database(file) }), settings)
}
