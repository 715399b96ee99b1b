import { setTimeout as sleep } from 'node:timers/promises'
import { LATE_MS } from './faults.js'
import { randomOf } from './random.js'

/** Milliseconds after which the provider carries a requested cancellation out, or fails to. */
const CANCELLATION_MS = 150
/** How many requested cancellations fail. */
const FAILED_SHARE = 0.35

/**
 * @typedef {import('fastify-iamport/sandbox').Sandbox} Sandbox
 * @typedef {import('fastify-iamport/sandbox').V2WirePayment} V2WirePayment
 */

/** @param {V2WirePayment} payment */
const cancellationsOf = (payment) => 'cancellations' in payment ? payment.cancellations ?? [] : []
/** @param {V2WirePayment} payment */
const isOpen = (payment) => cancellationsOf(payment).some(({ status }) => status === 'REQUESTED')
/** @param {V2WirePayment} payment */
const isPending = (payment) => payment.status === 'PAY_PENDING' ||
  ('failure' in payment && payment.failure?.pgCode === 'PENDING')

/**
 * Does what happens later, at the provider's and in the shop's office.
 *
 * @param {Sandbox} sandbox @param {number} seed
 */
export function createClerk (sandbox, seed) {
  /** @type {Set<Promise<void>>} */
  const waiting = new Set()
  /** Payments of V1 that the buyer has agreed to. @type {string[]} */
  const approved = []

  /** Ends what was requested, either way. @param {string} paymentId */
  function endCancellations (paymentId) {
    const payment = sandbox.v2.payments.get(paymentId)
    if (!payment) return
    for (const [index, { id: cancellationId, status }] of cancellationsOf(payment).entries()) {
      if (status !== 'REQUESTED') continue
      const outcome = randomOf(seed, `${paymentId} ${index}`)() < FAILED_SHARE ? 'failed' : 'succeeded'
      sandbox.v2.endCancellation(paymentId, { cancellationId, outcome })
    }
  }

  /** @param {string} impUid */
  const isApproved = (impUid) => ['paid', 'cancelled'].includes(sandbox.payments.get(impUid)?.status ?? '')

  return {
    /** @param {string} impUid */
    approves: (impUid) => { approved.push(impUid) },
    /** Requested cancellations of it end soon. @param {string} paymentId */
    endSoon (paymentId) {
      const ended = sleep(CANCELLATION_MS).then(() => endCancellations(paymentId)).finally(() => waiting.delete(ended))
      waiting.add(ended)
    },
    /** Resolves when nothing is under way any more: no webhook, no approval, no cancellation. */
    async settle () {
      for (;;) {
        await Promise.all(waiting)
        await sandbox.webhooksSent()
        const all = sandbox.v2.payments.all()
        const open = all.filter(isOpen)
        for (const { id } of open) endCancellations(id)
        if (open.length > 0) continue
        if (approved.every(isApproved) && !all.some(isPending)) return
        await sleep(LATE_MS)
      }
    },
    /**
     * Refunds what was paid for orders that were paid before.
     *
     * @param {import('fastify').FastifyInstance} app @param {import('./orders.js').Due[]} due
     * @returns {Promise<string[]>} refusals
     */
    async refund (app, due) {
      const refused = []
      const reason = 'paid twice'
      for (const { payment, merchant_uid: paymentId, api, amount } of due) {
        try {
          if (api === 'v1') await app.iamport.cancelPayment({ imp_uid: payment, checksum: amount, reason })
          else await app.portone.cancelPayment({ paymentId, reason })
        } catch (error) {
          refused.push(`${payment} is to be refunded: ${error}`)
        }
      }
      return refused
    },
  }
}

/** @typedef {ReturnType<typeof createClerk>} Clerk */
