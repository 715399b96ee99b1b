import { mysqlLedger } from 'fastify-iamport'
import { mysqlPool } from './pools.js'

export function mysql (url, connectionLimit, settings) {
  const pool = mysqlPool(url, connectionLimit).promise()
  return {
    ledger: mysqlLedger(pool, settings),
    pay: (tx, id) => tx.query("update orders set status = 'paid', deliveries = deliveries + 1 where id = ?", [id]),
    run: (tx, sql) => tx.query(sql),
    readPast: (id) => pool.query('select * from orders where id = ?', [id]),
    end: () => pool.end(),
  }
}
