import { kyselyLedger } from 'fastify-iamport'
import { CamelCasePlugin, CompiledQuery, Kysely, MysqlDialect, PostgresDialect, sql, SqliteDialect } from 'kysely'
import { createRequire } from 'node:module'
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

export function sqlite (file, _, settings) {
  // It has the interface of better-sqlite3, and is not compiled at installation.
  const Libsql = createRequire(import.meta.url)('libsql')
  return open(new SqliteDialect({ database: new Libsql(file) }), settings)
}
