import assert from 'node:assert/strict'

/**
 * One of the clients, behind the same few calls. What a client does not offer is `undefined`.
 *
 * @typedef {object} Client
 * @property {string} name
 * @property {() => Promise<unknown>} token
 * @property {(order: Order) => Promise<Payment>} pay by card number, without a window
 * @property {(impUid: string) => Promise<Payment>} get
 * @property {(merchantUid: string) => Promise<Payment>} [find]
 * @property {(status: string) => Promise<Payment[]>} [list]
 * @property {(order: Order) => Promise<unknown>} [prepare]
 * @property {(merchantUid: string) => Promise<Order>} [prepared]
 * @property {(cancellation: { imp_uid: string, amount?: number, reason: string }) => Promise<Payment>} cancel
 */
/** @typedef {{ merchant_uid: string, amount: number }} Order */
/** @typedef {Order & { imp_uid: string, status: string, cancel_amount: number, pay_method: string }} Payment */
/** @typedef {(account: { url: string, key: string, secret: string }) => Client} CreateClient */

/** A card that the sandbox accepts. */
export const CARD = { card_number: '4518-4200-0000-0000', expiry: '2030-12', birth: '880311', pwd_2digit: '00' }

/** Rejects, and not because of a mistake in what we wrote. @param {Promise<unknown>} work @param {string} what */
async function refused (work, what) {
  await assert.rejects(work, (error) => !(error instanceof TypeError), what)
}

let serial = 0
const nextOrder = () => `clients_${process.pid}_${++serial}`

/** What every client must be able to do, by name. @type {Record<string, (client: Client, create: CreateClient, url: string) => Promise<'not offered' | void>>} */
export const CONTRACT = {
  async token ({ token }) {
    assert.match(JSON.stringify(await token()), /"access_token":"\w+"|^"\w+"$/)
  },
  async get ({ pay, get }) {
    const made = await pay({ merchant_uid: nextOrder(), amount: 1004 })
    const { status, amount, merchant_uid, pay_method } = await get(made.imp_uid)
    assert.deepEqual({ status, amount, merchant_uid, pay_method }, { status: 'paid', amount: 1004, merchant_uid: made.merchant_uid, pay_method: 'card' })
  },
  async find ({ pay, find }) {
    if (!find) return 'not offered'
    const made = await pay({ merchant_uid: nextOrder(), amount: 1004 })
    assert.equal((await find(made.merchant_uid)).imp_uid, made.imp_uid)
  },
  async 'list by status' ({ pay, cancel, list }) {
    if (!list) return 'not offered'
    const paid = await pay({ merchant_uid: nextOrder(), amount: 1004 })
    const gone = await pay({ merchant_uid: nextOrder(), amount: 1004 })
    await cancel({ imp_uid: gone.imp_uid, reason: 'test' })
    const listed = await list('paid')
    assert.ok(listed.some(({ imp_uid: id }) => id === paid.imp_uid), 'a paid payment is listed')
    assert.ok(listed.every(({ status }) => status === 'paid'), 'no other is')
    assert.ok((await list('cancelled')).some(({ imp_uid: id }) => id === gone.imp_uid), 'a cancelled one is with its kind')
  },
  async prepare ({ pay, prepare, prepared }) {
    if (!prepare || !prepared) return 'not offered'
    const order = { merchant_uid: nextOrder(), amount: 1004 }
    await prepare(order)
    assert.equal((await prepared(order.merchant_uid)).amount, 1004)
    await refused(pay({ ...order, amount: 1 }), 'another amount than the registered one is refused')
    assert.equal((await pay(order)).status, 'paid')
  },
  async 'cancel in part and whole' ({ pay, get, cancel }) {
    const { imp_uid: id } = await pay({ merchant_uid: nextOrder(), amount: 1004 })
    assert.equal((await cancel({ imp_uid: id, amount: 4, reason: 'part' })).cancel_amount, 4)
    await cancel({ imp_uid: id, amount: 1000, reason: 'rest' })
    const { status, cancel_amount: cancelled } = await get(id)
    assert.deepEqual({ status, cancelled }, { status: 'cancelled', cancelled: 1004 })
    await refused(cancel({ imp_uid: id, reason: 'once more' }), 'nothing is left to cancel')
    const whole = await pay({ merchant_uid: nextOrder(), amount: 1004 })
    assert.equal((await cancel({ imp_uid: whole.imp_uid, reason: 'whole' })).cancel_amount, 1004)
  },
  async 'wrong key' (_, create, url) {
    const stranger = create({ url, key: 'nobody', secret: 'nothing' })
    await refused(stranger.get('imp_1'), 'a wrong key is refused')
  },
  async 'unknown payment' ({ get, cancel }) {
    await refused(get('imp_000000000000'), 'an unknown payment is not found')
    await refused(cancel({ imp_uid: 'imp_000000000000', reason: 'test' }), 'nor cancelled')
  },
}
