import { sql } from 'drizzle-orm'
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2'
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres'
import { drizzleLedger } from 'fastify-iamport'
import { mysqlPool, postgresPool } from './pools.js'

function open (db, pool, settings) {
  return {
    ledger: drizzleLedger(db, settings),
    pay: (tx, id) => tx.execute(sql`update orders set status = 'paid', deliveries = deliveries + 1 where id = ${id}`),
    run: (tx, statement) => tx.execute(statement),
    readPast: (id) => db.execute(sql`select * from orders where id = ${id}`),
    end: async () => pool.end(),
  }
}

export function postgres (url, poolSize, settings) {
  const pool = postgresPool(url, poolSize)
  return open(drizzlePostgres(pool), pool, settings)
}

export function mysql (url, poolSize, settings) {
  const pool = mysqlPool(url, poolSize)
  return open(drizzleMysql(pool), pool, settings)
}
