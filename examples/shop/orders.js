import { randomBytes } from 'node:crypto'

/**
 * `deliveries` counts how often the order went out: it must never be above 1.
 *
 * @typedef {object} Order
 * @property {string} id V1's merchant_uid; cannot be guessed, so that it is also the key to the order's page
 * @property {string} product
 * @property {number} amount won
 * @property {'open' | 'waiting' | 'pending' | 'paid' | 'failed' | 'cancelled'} state `waiting`: for a deposit;
 *   `pending`: for an approval
 * @property {number} deliveries
 * @property {0 | 1} is_registered whether V1 knows the amount, and refuses another
 * @property {0 | 1} is_closed a payment has taken money without paying it: V1 takes no other for this number
 * @property {string | null} imp_uid of the payment that it stands by: V1's imp_uid, V2's transactionId
 * @property {string | null} note why it failed, what was cancelled
 * @property {string | null} vbank_name where to pay, for an order that waits for its deposit
 * @property {string | null} vbank_num
 * @property {string | null} vbank_holder
 * @property {number | null} vbank_due UNIX seconds
 * @property {string} created_at UTC, `2026-01-31 09:00:00`
 */

/** @typedef {{ name?: string | null, num?: string | null, holder?: string | null, due?: number | null }} Vbank */

const TABLE = `create table if not exists orders (
  id text primary key,
  product text not null,
  amount integer not null,
  state text not null default 'open',
  deliveries integer not null default 0,
  imp_uid text,
  note text,
  created_at text not null default current_timestamp
)`
/** V1's merchant_uid is the order's number. On V2, every attempt to pay has a paymentId of its own. */
const ATTEMPTS = 'create table if not exists attempts (payment_id text primary key, order_id text not null)'
/** Columns that the first version did not have. */
const LATER = [
  'is_registered integer not null default 0', 'is_closed integer not null default 0',
  'vbank_name text', 'vbank_num text', 'vbank_holder text', 'vbank_due integer',
]

/** A new order's number. */
export const newOrderId = () => `order_${randomBytes(12).toString('base64url')}`

/** Of V2: 32 letters and digits, which every PG takes. */
const newPaymentId = () => randomBytes(16).toString('hex')

/** Whether the buyer may pay it: not while a deposit or an approval may come, and never twice. @param {Order} order */
export const isPayable = ({ deliveries, state, is_closed: isClosed }) =>
  deliveries === 0 && state !== 'waiting' && state !== 'pending' && !isClosed

/**
 * The shop's orders, in SQLite. Every hook of the plugin ends in one statement here.
 *
 * @param {import('libsql').Database} db
 */
export function createOrders (db) {
  db.exec(TABLE)
  db.exec(ATTEMPTS)
  const columns = new Set(db.prepare('select name from pragma_table_info(?)').pluck().all('orders'))
  for (const column of LATER) {
    if (!columns.has(column.split(' ')[0])) db.exec(`alter table orders add column ${column}`)
  }
  const insert = db.prepare('insert into orders (id, product, amount, is_registered) values (?, ?, ?, ?)')
  const select = db.prepare('select * from orders where id = ?')
  const addAttempt = db.prepare('insert into attempts (payment_id, order_id) values (?, ?)')
  const attempt = db.prepare('select order_id from attempts where payment_id = ?')
  const latest = db.prepare('select * from orders order by created_at desc, rowid desc limit 10')
  // An order can have several payments, so each statement says which of them may still change it.
  const pay = db.prepare(`update orders set state = 'paid', deliveries = deliveries + 1, imp_uid = ?, note = ?
    where id = ? and deliveries = 0`)
  const wait = db.prepare(`update orders set state = 'waiting', imp_uid = ?, note = null,
    vbank_name = ?, vbank_num = ?, vbank_holder = ?, vbank_due = ? where id = ? and deliveries = 0`)
  const pend = db.prepare(`update orders set state = 'pending', imp_uid = ?, note = ?
    where id = ? and deliveries = 0`)
  // Another payment's failure says nothing about one whose approval is pending.
  const fail = db.prepare(`update orders set state = 'failed', imp_uid = $impUid, note = $note, is_closed = $isClosed
    where id = $order and deliveries = 0 and (state <> 'pending' or imp_uid = $impUid)`)
  const cancel = db.prepare('update orders set state = ?, note = ? where id = ? and imp_uid = ?')
  const forget = db.prepare(`update orders set is_registered = 0,
    note = case when state in ('open', 'waiting', 'pending') then ? else note end,
    state = case when state in ('waiting', 'pending') then 'cancelled' else state end where deliveries = 0`)

  /** The order of a payment, whose `merchant_uid` hooks receive: V1's is the order itself. @param {string} id */
  const orderOf = (id) => /** @type {{ order_id: string } | undefined} */ (attempt.get(id))?.order_id ?? id

  return {
    /** @param {{ name: string, price: number }} product @param {{ id?: string, isRegistered?: boolean }} [options] */
    open ({ name, price }, { id = newOrderId(), isRegistered = false } = {}) {
      insert.run(id, name, price, isRegistered ? 1 : 0)
      return id
    },
    /** An attempt to pay it on V2. @param {string} id @returns its `paymentId` */
    addAttempt (id) {
      const paymentId = newPaymentId()
      addAttempt.run(paymentId, id)
      return paymentId
    },
    /** By its number, or by the `merchant_uid` of a payment. @param {string} id @returns {Order | undefined} */
    get: (id) => /** @type {Order | undefined} */ (select.get(orderOf(id))),
    /** @returns {Order[]} */
    latest: () => /** @type {Order[]} */ (latest.all()),
    /**
     * The goods go out, once.
     * @param {string} id @param {string} impUid @param {string} note
     * @returns whether it is this payment that they go out for
     */
    markPaid (id, impUid, note) {
      const order = orderOf(id)
      return pay.run(impUid, note, order).changes > 0 || /** @type {Order} */ (select.get(order)).imp_uid === impUid
    },
    /** @param {string} id @param {string} impUid @param {Vbank} vbank */
    markWaiting (id, impUid, { name = null, num = null, holder = null, due = null }) {
      wait.run(impUid, name, num, holder, due, orderOf(id))
    },
    /**
     * An order that was paid stays so.
     * @param {string} id @param {string} impUid @param {string} note @param {boolean} isClosed
     */
    markFailed (id, impUid, note, isClosed) {
      fail.run({ impUid, note, isClosed: isClosed ? 1 : 0, order: orderOf(id) })
    },
    /** Its approval may come in minutes or days. @param {string} id @param {string} impUid @param {string} note */
    markPending (id, impUid, note) { pend.run(impUid, note, orderOf(id)) },
    /**
     * Of the payment that the order stands by: another one's changes nothing.
     * @param {string} id @param {string} impUid @param {boolean} isWhole @param {string} note
     */
    markCancelled (id, impUid, isWhole, note) {
      cancel.run(isWhole ? 'cancelled' : 'paid', note, orderOf(id), impUid)
    },
    /** A new sandbox knows neither payments nor registered amounts of unpaid orders. @param {string} note */
    forgetPayments (note) { forget.run(note) },
  }
}

/** @typedef {ReturnType<typeof createOrders>} Orders */
