import { addAttempts } from './attempts.js'
import { addFiles } from './files.js'
import { isPayable, newOrderId } from './orders.js'
import { checkout } from './pages/checkout.js'
import { notice } from './pages/page.js'
import { pending, result, versionOf } from './pages/result.js'
import { storefront } from './pages/storefront.js'
import { PRODUCTS, productNamed, productOf } from './products.js'

/**
 * The shop's pages. Nothing here decides about a payment: an order's state is what the plugins' hooks have written.
 *
 * @param {import('fastify').FastifyInstance} app
 * @param {import('./orders.js').Orders} orders
 * @param {import('./pages/checkout.js').Provider & { consoleUrl: string }} provider
 */
export function addRoutes (app, orders, { consoleUrl, ...provider }) {
  app.get('/', (_, reply) => show(reply, storefront(PRODUCTS, orders.latest(), consoleUrl)))

  /** @typedef {{ product?: string }} NewOrder */
  app.post('/orders', async (request, reply) => {
    const product = productOf(/** @type {NewOrder} */ (request.body ?? {}).product)
    if (!product) return show(reply.code(404), notice('없는 상품입니다', '상품을 다시 골라 주세요.'))
    const id = newOrderId()
    try {
      // V1's checkout then refuses to open with another amount. What counts is the comparison after the payment.
      await app.iamport.preparePayment({ merchant_uid: id, amount: product.price })
    } catch (error) {
      request.log.error(error)
      const text = '결제 서비스에 연결되지 않습니다. 잠시 후 다시 시도해 주세요.'
      return show(reply.code(503), notice('지금은 주문할 수 없습니다', text))
    }
    orders.open(product, { id, isRegistered: true })
    return reply.redirect(`/orders/${id}/pay`, 303)
  })

  /** The same order once more, without its amount being registered: for V1's experiment with an altered page. */
  app.post('/orders/:id/unregistered', async (request, reply) => {
    const product = productNamed(orders.get(idOf(request))?.product)
    if (!product) return reply.callNotFound()
    return { id: orders.open(product) }
  })
  addAttempts(app, orders)

  app.get('/orders/:id/pay', async (request, reply) => {
    const order = orders.get(idOf(request))
    if (!order) return reply.callNotFound()
    if (!isPayable(order)) return reply.redirect(`/orders/${order.id}`, 303)
    return show(reply, checkout(order, provider))
  })

  app.get('/orders/:id', async (request, reply) => {
    const order = orders.get(idOf(request))
    return order ? show(reply, result(order)) : reply.callNotFound()
  })

  // What an open page asks, to follow the order.
  app.get('/orders/:id/state', async (request, reply) => {
    const order = orders.get(idOf(request))
    if (!order) return reply.callNotFound()
    return reply.header('cache-control', 'no-store').send({ version: versionOf(order), isPayable: isPayable(order) })
  })

  // Where phones come back to; on V2, `merchant_uid` is the paymentId of an attempt. The query only tells whether the
  // payment was decided: without it, or `not_paid`, it has not been yet, and may still be approved.
  app.get('/result', async (request, reply) => {
    const { merchant_uid: id, status, reason } = /** @type {Record<string, string | undefined>} */ (request.query)
    const order = id === undefined ? undefined : orders.get(id)
    if (!order) return show(reply.code(404), notice('주문을 찾을 수 없습니다', '주문번호를 다시 확인해 주세요.'))
    const isDecided = (status ?? reason) !== undefined && reason !== 'not_paid'
    return show(reply, isDecided || !isPayable(order) ? result(order) : pending(order))
  })

  app.setNotFoundHandler((_, reply) => show(reply.code(404), notice('찾을 수 없습니다', '주소를 다시 확인해 주세요.')))
  addFiles(app)
}

/** @param {import('fastify').FastifyRequest} request */
const idOf = (request) => /** @type {{ id: string }} */ (request.params).id

/**
 * Not kept by the browser: the back button would show an order as payable that is paid.
 * @param {import('fastify').FastifyReply} reply @param {string} page
 */
const show = (reply, page) => reply.type('text/html').header('cache-control', 'no-store').send(page)
