import { knexLedger } from 'fastify-iamport'
import createKnex from 'knex'
import BetterSqlite3Client from 'knex/lib/dialects/better-sqlite3/index.js'

function open (config, settings) {
  // Shorter than Knex's minute: a test lets a hook wait for a connection that it holds itself.
  const knex = createKnex({ acquireConnectionTimeout: 5000, ...config })
  return {
    ledger: knexLedger(knex, settings),
    pay: (tx, id) => tx('orders').where({ id }).update({ status: 'paid', deliveries: tx.raw('deliveries + 1') }),
    run: (tx, sql) => tx.raw(sql),
    readPast: (id) => knex('orders').where({ id }).first(),
    end: () => knex.destroy(),
  }
}

export const postgres = (connection, max, settings) => open({ client: 'pg', connection, pool: { min: 0, max } }, settings)
export const mysql = (connection, max, settings) => open({ client: 'mysql2', connection, pool: { min: 0, max } }, settings)

export async function sqlite (filename, _, settings) {
  const { Database } = await import('./node-sqlite.js')
  class Client extends BetterSqlite3Client {
    _driver () {
      return Database
    }
  }
  return open({ client: Client, connection: { filename }, useNullAsDefault: true, pool: { min: 0, max: 1 } }, settings)
}
