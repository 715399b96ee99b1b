import { truthOfV1 } from './truth-v1.js'
import { truthOfV2 } from './truth-v2.js'

/**
 * @typedef {import('./truth-v1.js').Truth} Truth
 * @typedef {Pick<import('./shop.js').Parts, 'sandbox' | 'orders' | 'events'>} Parts
 * @typedef {{ missing: string[], wrong: string[] }} Findings
 */

/** What has run where the reply says so. */
const EVENT_OF = new Map([['paid', 'paid'], ['vbank_issued', 'issued']])

/** What the provider knows of every payment, and so what must have run. @param {Parts} parts @returns {Truth[]} */
function truths ({ sandbox, orders, events }) {
  const shown = sandbox.v2.payments.all()
  return [
    ...sandbox.payments.all().map((payment) => truthOfV1(payment, orders.get(payment.merchant_uid))),
    ...shown.flatMap(({ id, transactionId }) => sandbox.v2.payments.attempts(id).map((attempt) =>
      truthOfV2(attempt, orders.get(id), attempt.transactionId === transactionId, events.of(attempt.transactionId)))),
  ]
}

/** @param {Truth} truth @param {string[]} ran @param {Findings} findings */
function checkPayment ({ id, what, must, may, one = [], problem }, ran, { missing, wrong }) {
  const line = (/** @type {string} */ problem) => `${id} (${what}): ${problem}; it ran ${ran.join(', ') || 'nothing'}`
  if (problem !== undefined) wrong.push(line(problem))
  for (const event of must) if (!ran.includes(event)) missing.push(line(`${event} is missing`))
  const some = ran.filter((event) => one.includes(event))
  if (one.length > 0 && some.length === 0) missing.push(line(`one of ${one.join(', ')} is missing`))
  if (some.length > 1) wrong.push(line(`${some.join(' and ')} ran, of which one must`))
  for (const [index, event] of ran.entries()) {
    if (ran.indexOf(event) < index) wrong.push(line(`${event} ran again`))
    else if (![...must, ...may, ...one].includes(event)) wrong.push(line(`${event} ran`))
  }
  const paid = ran.indexOf('paid')
  const cancelled = ran.findIndex((event) => event.startsWith('cancelled:'))
  if (paid !== -1 && cancelled !== -1 && cancelled < paid) wrong.push(line('delivered after it was cancelled'))
}

/**
 * An order is delivered for one payment, whose money the shop still has.
 *
 * @param {import('./orders.js').Order} order @param {Truth[]} payments @param {Findings} findings
 */
function checkOrder ({ id, state, paid_by: by, cancelled }, payments, { missing, wrong }) {
  const payer = payments.find((payment) => payment.id === by)
  const line = (/** @type {string} */ problem) => `${id} (${state} by ${by}): ${problem}`
  if (state === 'paid' && !payer?.kept) wrong.push(line('delivered, and the money has gone back'))
  if (payer && payer.cancelled !== cancelled) {
    (cancelled < payer.cancelled ? missing : wrong).push(line(`${cancelled} is cancelled, not ${payer.cancelled}`))
  }
  for (const other of payments) {
    if (other.kept > 0 && other.id !== by) missing.push(line(`${other.id} paid for nothing`))
  }
}

/** @param {Truth[]} all @param {import('./events.js').Events} events @param {Findings} findings */
function checkEvents (all, events, findings) {
  const known = new Set(all.map(({ id }) => id))
  for (const truth of all) checkPayment(truth, events.of(truth.id), findings)
  for (const id of events.all().keys()) if (!known.has(id)) findings.wrong.push(`${id}: there is no such payment`)
}

/** @param {Truth[]} all @param {import('./orders.js').Orders} orders @param {Findings} findings */
function checkOrders (all, orders, findings) {
  /** @type {Map<string, Truth[]>} */
  const byOrder = new Map()
  for (const truth of all) {
    if (truth.isOwed) findings.missing.push(`${truth.id} (${truth.what}): not refunded`)
    const id = orders.get(truth.merchantUid)?.id
    if (id !== undefined) byOrder.set(id, [...byOrder.get(id) ?? [], truth])
  }
  for (const order of orders.all()) checkOrder(order, byOrder.get(order.id) ?? [], findings)
}

/** Every hook that ran, and every order, against what the provider knows. @param {Parts} parts */
export function createCheck (parts) {
  const { orders, events } = parts
  return {
    /** After a reconciliation: every event once, none missing. @returns {Findings} */
    events () {
      /** @type {Findings} */
      const findings = { missing: [], wrong: [] }
      checkEvents(truths(parts), events, findings)
      return findings
    },
    /**
     * At the very end also: one delivery for each order that is paid, and nobody's money kept for nothing.
     *
     * @returns {Findings}
     */
    all () {
      /** @type {Findings} */
      const findings = { missing: [], wrong: [] }
      const all = truths(parts)
      checkEvents(all, events, findings)
      checkOrders(all, orders, findings)
      return findings
    },
    /** What buyers have read, against what ran. @param {import('./page.js').Reply[]} replies @returns {Findings} */
    replies (replies) {
      const wrong = []
      for (const { id, status, reason, amount } of replies) {
        // Refused before its approval: no hook runs.
        if (reason === 'order_not_found' && amount === 0) continue
        const ran = events.of(id)
        const isTrue = status === 'failed'
          ? ran.some((event) => event.split(':')[1] === reason)
          : ran.includes(EVENT_OF.get(status) ?? '') || !EVENT_OF.has(status)
        if (!isTrue) wrong.push(`${id}: the buyer read ${status} ${reason}, and that never ran`)
      }
      return { missing: [], wrong }
    },
  }
}
