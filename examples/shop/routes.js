import { readFileSync } from 'node:fs'
import { isPayable, newOrderId } from './orders.js'
import { checkout, notice, pending, result, storefront, versionOf } from './pages.js'
import { PRODUCTS, productNamed, productOf } from './products.js'

/** What the pages load, with its media type. */
const FILES = {
  'shop.css': 'text/css', 'watch.js': 'text/javascript', 'pay.js': 'text/javascript', 'order.js': 'text/javascript',
}

/**
 * The shop's pages. Nothing here decides about a payment: an order's state is what the plugin's hooks have written.
 *
 * @param {import('fastify').FastifyInstance} app
 * @param {import('./orders.js').Orders} orders
 * @param {string} iamportUrl
 */
export function addRoutes (app, orders, iamportUrl) {
  app.get('/', (_, reply) => show(reply, storefront(PRODUCTS, orders.latest(), iamportUrl)))

  /** @typedef {{ product?: string }} NewOrder */
  app.post('/orders', async (request, reply) => {
    const product = productOf(/** @type {NewOrder} */ (request.body ?? {}).product)
    if (!product) return show(reply.code(404), notice('없는 상품입니다', '상품을 다시 골라 주세요.'))
    const id = newOrderId()
    try {
      // The checkout then refuses to open with another amount. What counts is still the comparison after the payment.
      await app.iamport.preparePayment({ merchant_uid: id, amount: product.price })
    } catch (error) {
      request.log.error(error)
      const text = '결제 서비스에 연결되지 않습니다. 잠시 후 다시 시도해 주세요.'
      return show(reply.code(503), notice('지금은 주문할 수 없습니다', text))
    }
    orders.open(product, { id, isRegistered: true })
    return reply.redirect(`/orders/${id}/pay`, 303)
  })

  /** The same order once more, without its amount being registered: for the experiment with an altered page. */
  app.post('/orders/:id/unregistered', async (request, reply) => {
    const product = productNamed(orders.get(idOf(request))?.product)
    if (!product) return reply.callNotFound()
    return { id: orders.open(product) }
  })

  app.get('/orders/:id/pay', async (request, reply) => {
    const order = orders.get(idOf(request))
    if (!order) return reply.callNotFound()
    if (!isPayable(order)) return reply.redirect(`/orders/${order.id}`, 303)
    return show(reply, checkout(order, iamportUrl))
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

  // Where phones come back to. The query only tells that the payment was decided: without it, it has not been yet.
  app.get('/result', async (request, reply) => {
    const { merchant_uid: id, status, reason } = /** @type {Record<string, string | undefined>} */ (request.query)
    const order = id === undefined ? undefined : orders.get(id)
    if (!order) return show(reply.code(404), notice('주문을 찾을 수 없습니다', '주문번호를 다시 확인해 주세요.'))
    const isUndecided = status === undefined && reason === undefined && isPayable(order)
    return show(reply, isUndecided ? pending(order) : result(order))
  })

  app.setNotFoundHandler((_, reply) => show(reply.code(404), notice('찾을 수 없습니다', '주소를 다시 확인해 주세요.')))

  // Browsers ask for it by themselves.
  app.get('/favicon.ico', (_, reply) => reply.code(204).send())
  for (const [file, type] of Object.entries(FILES)) {
    const content = readFileSync(new URL(`public/${file}`, import.meta.url))
    app.get(`/${file}`, (_, reply) => reply.type(`${type}; charset=utf-8`).send(content))
  }
}

/** @param {import('fastify').FastifyRequest} request */
const idOf = (request) => /** @type {{ id: string }} */ (request.params).id

/**
 * Not kept by the browser: the back button would show an order as payable that is paid.
 * @param {import('fastify').FastifyReply} reply @param {string} page
 */
const show = (reply, page) => reply.type('text/html').header('cache-control', 'no-store').send(page)
