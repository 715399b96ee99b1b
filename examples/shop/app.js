import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import iamport, { sqliteLedger } from 'fastify-iamport'
import { createOrders } from './orders.js'
import { won } from './format.js'
import { addRoutes } from './routes.js'

/** What a buyer reads when it did not work out, after the plugin's `message`. */
const ADVICE = '다시 시도하시거나 다른 결제수단을 선택해 주세요.'

/**
 * A small shop. Everything about payments is in `register(iamport)` below; the rest is any shop.
 *
 * @param {object} options
 * @param {import('libsql').Database} options.db
 * @param {string} options.iamportUrl where the REST API and the script are; here the sandbox
 * @param {string} [options.impKey]
 * @param {string} [options.impSecret]
 * @param {{ everyMs: number, lookbackMs: number }} [options.reconcile] looks for what no notification reported
 * @param {import('fastify').FastifyServerOptions['logger']} [options.logger]
 */
export async function buildShop (options) {
  const { db, iamportUrl, impKey = 'imp_key', impSecret = 'imp_secret', reconcile, logger = false } = options
  const app = Fastify({ logger })
  const orders = createOrders(db)
  const ledger = sqliteLedger(db) // remembers which hooks have run, also after a restart
  await ledger.migrate()

  await app.register(formbody)
  await app.register(iamport, {
    impKey,
    impSecret,
    baseUrl: iamportUrl,
    ledger,
    reconcile,
    getExpectedAmount: ({ merchant_uid: id }) => orders.get(id)?.amount ?? null,
    onPaid: async (payment, { log }) => {
      const { merchant_uid: id, imp_uid: impUid, pay_method: method, amount, cancel_amount: cancelled } = payment
      if (orders.markPaid(id, impUid, '곧 배송을 준비하겠습니다. 감사합니다.')) return
      // The hook runs once for each payment, and an order can have two; it goes out once.
      if (method === 'vbank') {
        const fields = { imp_uid: impUid, merchant_uid: id }
        return log.error(fields, 'this order is paid twice: ask the buyer for an account, and refund this deposit')
      }
      await app.iamport.cancelPayment({ imp_uid: impUid, checksum: amount - cancelled, reason: '중복 결제' })
    },
    onVbank: ({ merchant_uid: id, imp_uid: impUid, ...payment }) => {
      const { vbank_name: name, vbank_num: num, vbank_holder: holder, vbank_date: due } = payment
      orders.markWaiting(id, impUid, { name, num, holder, due })
    },
    onFail: ({ reason, payment, refunded, message }) => {
      const money = refunded ? '결제하신 금액은 자동으로 취소되었습니다.' : payment.fail_reason ?? ADVICE
      const note = reason === 'payment_failed' ? money : `${message} ${money}`
      orders.markFailed(payment.merchant_uid, payment.imp_uid, note, Boolean(payment.paid_at))
    },
    onCancel: (payment, { cancellation }) => {
      const { merchant_uid: id, imp_uid: impUid, paid_at: paidAt, cancel_amount: cancelled, amount } = payment
      if (paidAt) {
        orders.markCancelled(id, impUid, cancelled >= amount, `${won(cancellation.amount)}이 취소되었습니다.`)
      } else {
        const isExpired = (payment.vbank_date ?? 0) * 1000 <= Date.now()
        const note = isExpired ? '입금 기한이 지나 가상계좌를 더 이상 사용할 수 없습니다.' : '가상계좌가 말소되었습니다.'
        orders.markCancelled(id, impUid, true, note)
      }
    },
    redirects: { paid: '/result', vbank: '/result', fail: '/result', pending: '/result' },
  })
  addRoutes(app, orders, iamportUrl)
  return app
}
