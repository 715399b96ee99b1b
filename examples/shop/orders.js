import { randomBytes } from 'node:crypto'

/**
 * What became of an order. `deliveries` counts how often it went out: it must never be above 1.
 *
 * @typedef {object} Order
 * @property {string} id the merchant_uid; cannot be guessed, so that it is also the key to the order's page
 * @property {string} product
 * @property {number} amount won
 * @property {'open' | 'waiting' | 'paid' | 'failed' | 'cancelled'} state
 * @property {number} deliveries
 * @property {string | null} imp_uid
 * @property {string | null} note why it failed, where to pay, what was cancelled
 */

/**
 * The shop's orders, in SQLite. Every hook of the plugin ends in one statement here.
 *
 * @param {import('libsql').Database} db
 */
export function createOrders (db) {
  db.exec(`create table if not exists orders (
    id text primary key,
    product text not null,
    amount integer not null,
    state text not null default 'open',
    deliveries integer not null default 0,
    imp_uid text,
    note text,
    created_at text not null default current_timestamp
  )`)
  const insert = db.prepare('insert into orders (id, product, amount) values (?, ?, ?)')
  const select = db.prepare('select * from orders where id = ?')
  const latest = db.prepare('select * from orders order by created_at desc, rowid desc limit 10')
  // An order can have several payments, so each statement says which of them may still change it.
  const pay = db.prepare("update orders set state = 'paid', deliveries = deliveries + 1, imp_uid = ?, note = ? where id = ? and deliveries = 0")
  const note = db.prepare('update orders set state = ?, imp_uid = ?, note = ? where id = ? and deliveries = 0')
  const cancel = db.prepare('update orders set state = ?, note = ? where id = ? and imp_uid = ?')

  return {
    /** @param {{ name: string, price: number }} product */
    open ({ name, price }) {
      const id = `order_${randomBytes(12).toString('base64url')}`
      insert.run(id, name, price)
      return id
    },
    /** @param {string} id @returns {Order | undefined} */
    get: (id) => /** @type {Order | undefined} */ (select.get(id)),
    /** @returns {Order[]} */
    latest: () => /** @type {Order[]} */ (latest.all()),
    /** The goods go out, once. @param {string} id @param {string} impUid @param {string} text @returns whether it is this payment that they go out for */
    markPaid: (id, impUid, text) => pay.run(impUid, text, id).changes > 0 || /** @type {Order} */ (select.get(id)).imp_uid === impUid,
    /** @param {string} id @param {string} impUid @param {string} account */
    markWaiting: (id, impUid, account) => { note.run('waiting', impUid, account, id) },
    /** An order that was paid stays so. @param {string} id @param {string} impUid @param {string} reason */
    markFailed: (id, impUid, reason) => { note.run('failed', impUid, reason, id) },
    /** Of the payment that the order stands by: another one's changes nothing. @param {string} id @param {string} impUid @param {boolean} isWhole @param {string} text */
    markCancelled: (id, impUid, isWhole, text) => { cancel.run(isWhole ? 'cancelled' : 'paid', text, id, impUid) },
  }
}

/** @typedef {ReturnType<typeof createOrders>} Orders */
