import { postgresLedger } from 'fastify-iamport'
import { postgresPool } from './pools.js'

export function postgres (url, max, settings) {
  const pool = postgresPool(url, max)
  return {
    ledger: postgresLedger(pool, settings),
    pay: (tx, id) => tx.query("update orders set status = 'paid', deliveries = deliveries + 1 where id = $1", [id]),
    run: (tx, sql) => tx.query(sql),
    readPast: (id) => pool.query('select * from orders where id = $1', [id]),
    end: () => pool.end(),
  }
}
