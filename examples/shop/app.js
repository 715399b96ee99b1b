import { readFileSync } from 'node:fs'
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import iamport, { sqliteLedger } from 'fastify-iamport'
import { createOrders } from './orders.js'
import { checkout, notice, pending, result, storefront, won } from './pages.js'
import { PRODUCTS, productOf } from './products.js'

/** What a buyer reads when it did not work out. The rest of the plugin's `message` is for developers and buyers alike. */
const ADVICE = '다시 시도하시거나 다른 결제수단을 선택해 주세요.'

/**
 * A small shop. Everything about payments is in `register(iamport)` below; the rest is any shop.
 *
 * @param {object} options
 * @param {import('libsql').Database} options.db
 * @param {string} options.iamportUrl where the REST API and the script are; here the sandbox
 * @param {string} [options.impKey]
 * @param {string} [options.impSecret]
 * @param {import('fastify').FastifyServerOptions['logger']} [options.logger]
 */
export async function buildShop ({ db, iamportUrl, impKey = 'imp_key', impSecret = 'imp_secret', logger = false }) {
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
    getExpectedAmount: ({ merchant_uid: id }) => orders.get(id)?.amount ?? null,
    onPaid: ({ merchant_uid: id, imp_uid: impUid }, { log }) => {
      if (orders.markPaid(id, impUid, '곧 배송을 준비하겠습니다. 감사합니다.')) return
      // By card, and then into the virtual account as well: the hook runs once for each payment, and the order goes out once.
      log.error({ imp_uid: impUid, merchant_uid: id }, 'this order is paid twice: refund this payment')
    },
    onVbank: ({ merchant_uid: id, imp_uid: impUid, vbank_name: bank, vbank_num: account, amount }) => {
      orders.markWaiting(id, impUid, `${bank} ${account} 계좌로 ${won(amount)}을 입금해 주세요.`)
    },
    onFail: ({ reason, payment, refunded, message }) => {
      const money = refunded ? '결제하신 금액은 자동으로 취소되었습니다.' : payment.fail_reason ?? ADVICE
      orders.markFailed(payment.merchant_uid, payment.imp_uid, reason === 'payment_failed' ? money : `${message} ${money}`)
    },
    onCancel: (payment, { cancellation }) => {
      const { merchant_uid: id, imp_uid: impUid, paid_at: paidAt, cancel_amount: cancelled, amount } = payment
      if (!paidAt) orders.markCancelled(id, impUid, true, '입금 기한이 지났거나 가상계좌가 말소되었습니다.')
      else orders.markCancelled(id, impUid, cancelled >= amount, `${won(cancellation.amount)}이 취소되었습니다.`)
    },
    redirects: { paid: '/result', vbank: '/result', fail: '/result', pending: '/result' },
  })

  app.get('/', (_, reply) => show(reply, storefront(PRODUCTS, orders.latest(), iamportUrl)))

  /** @typedef {{ product?: string }} NewOrder */
  app.post('/orders', async (request, reply) => {
    const product = productOf(/** @type {NewOrder} */ (request.body ?? {}).product)
    if (!product) return show(reply.code(404), notice('없는 상품입니다', '상품을 다시 골라 주세요.'))
    const id = orders.open(product)
    try {
      // The checkout then refuses to open with another amount. The comparison after the payment stays the one that counts.
      await app.iamport.preparePayment({ merchant_uid: id, amount: product.price })
    } catch (error) {
      request.log.error(error)
      return show(reply.code(503), notice('지금은 주문할 수 없습니다', '결제 서비스에 연결되지 않습니다. 잠시 후 다시 시도해 주세요.'))
    }
    return reply.redirect(`/orders/${id}/pay`, 303)
  })

  /** The same order once more, without its amount being registered: for the experiment with an altered page. */
  app.post('/orders/:id/unregistered', async (request, reply) => {
    const order = orders.get(idOf(request))
    const product = PRODUCTS.find(({ name }) => name === order?.product)
    if (!product) return reply.callNotFound()
    return { id: orders.open(product) }
  })

  app.get('/orders/:id/pay', async (request, reply) => {
    const order = orders.get(idOf(request))
    if (!order) return reply.callNotFound()
    if (order.state === 'paid' || order.state === 'waiting') return reply.redirect(`/orders/${order.id}`, 303)
    return show(reply, checkout(order, iamportUrl))
  })

  app.get('/orders/:id', async (request, reply) => {
    const order = orders.get(idOf(request))
    return order ? show(reply, result(order)) : reply.callNotFound()
  })

  app.get('/orders/:id/state', async (request, reply) => {
    const order = orders.get(idOf(request))
    return order ? { state: order.state, note: order.note ?? '' } : reply.callNotFound()
  })

  // Where phones come back to. What the query says is for the text only; the order's state is what the hooks have written.
  app.get('/result', async (request, reply) => {
    const { merchant_uid: id, status, reason } = /** @type {Record<string, string | undefined>} */ (request.query)
    const order = id === undefined ? undefined : orders.get(id)
    if (!order) return show(reply.code(404), notice('주문을 찾을 수 없습니다', '주문번호를 다시 확인해 주세요.'))
    const isUndecided = status === undefined && reason === undefined && (order.state === 'open' || order.state === 'failed')
    return show(reply, isUndecided ? pending(order) : result(order))
  })

  app.setNotFoundHandler((_, reply) => show(reply.code(404), notice('찾을 수 없습니다', '주소를 다시 확인해 주세요.')))

  // Browsers ask for it by themselves.
  app.get('/favicon.ico', (_, reply) => reply.code(204).send())
  for (const [file, type] of [['shop.css', 'text/css'], ['pay.js', 'text/javascript'], ['order.js', 'text/javascript']]) {
    const content = readFileSync(new URL(`public/${file}`, import.meta.url))
    app.get(`/${file}`, (_, reply) => reply.type(`${type}; charset=utf-8`).send(content))
  }
  return app
}

/** @param {import('fastify').FastifyRequest} request */
const idOf = (request) => /** @type {{ id: string }} */ (request.params).id

/** Not kept by the browser: the back button would show an order as payable that is paid. @param {import('fastify').FastifyReply} reply @param {string} page */
const show = (reply, page) => reply.type('text/html').header('cache-control', 'no-store').send(page)
