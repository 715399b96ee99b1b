/**
 * Orders of a shop that is moving from V1 to V2: each may be paid by both, and is delivered once. Whoever paid second
 * is written down, to be refunded (docs/moving-to-v2.md).
 *
 * @typedef {'waiting' | 'paid' | 'cancelled'} State
 * @typedef {{ id: string, amount: number, currency: string }} NewOrder
 * @typedef {NewOrder & { state: State, paid_by: string | null, cancelled: number }} Order
 * @typedef {{ payment: string, merchant_uid: string, api: 'v1' | 'v2', amount: number }} Due
 */

/** @param {import('libsql').Database} db */
export function createOrders (db) {
  db.exec(`
    create table orders (
      id text primary key, amount real, currency text, state text default 'waiting', paid_by text,
      cancelled real default 0
    );
    create table attempts (payment_id text primary key, order_id text);
    create table refunds_due (payment text primary key, merchant_uid text, api text, amount real);
  `)
  const ORDER = 'coalesce((select order_id from attempts where payment_id = ?1), ?1)'
  const insert = db.prepare('insert into orders (id, amount, currency) values (?, ?, ?)')
  const attempt = db.prepare('insert or ignore into attempts values (?, ?)')
  const select = db.prepare(`select * from orders where id = ${ORDER}`)
  const pay = db.prepare(`update orders set state = 'paid', paid_by = ?2 where id = ${ORDER} and state = 'waiting'`)
  const due = db.prepare('insert into refunds_due values (?, ?, ?, ?)')
  const cancel = db.prepare(
    "update orders set cancelled = cancelled + ?, state = iif(?, 'cancelled', state) where paid_by = ?")

  return {
    /** @param {string} id @param {number} amount @param {string} currency */
    add: (id, amount, currency) => { insert.run(id, amount, currency) },
    /** @param {string} paymentId of V2 @param {string} id */
    addAttempt: (paymentId, id) => { attempt.run(paymentId, id) },
    /** @param {string} merchantUid V1's order, or V2's `paymentId` @returns {Order | undefined} */
    get: (merchantUid) => /** @type {Order | undefined} */ (select.get(merchantUid)),
    /** @param {string} payment @param {string} merchantUid @param {'v1' | 'v2'} api @param {number} amount */
    pay (payment, merchantUid, api, amount) {
      if (pay.run(merchantUid, payment).changes === 0) due.run(payment, merchantUid, api, amount)
    },
    /** @param {string} payment @param {number} amount @param {boolean} isAll */
    cancel: (payment, amount, isAll) => { cancel.run(amount, Number(isAll), payment) },
    /** @returns {Order[]} */
    all: () => /** @type {Order[]} */ (db.prepare('select * from orders').all()),
    /** @returns {Due[]} */
    refundsDue: () => /** @type {Due[]} */ (db.prepare('select * from refunds_due').all()),
  }
}

/** @typedef {ReturnType<typeof createOrders>} Orders */
