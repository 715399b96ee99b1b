import { isPayable } from './orders.js'

/**
 * An attempt to pay an order on V2: the server makes its `paymentId`, a new one each time, and keeps whose it is.
 *
 * @param {import('fastify').FastifyInstance} app
 * @param {import('./orders.js').Orders} orders
 */
export function addAttempts (app, orders) {
  app.post('/orders/:id/attempts', async (request, reply) => {
    const order = orders.get(/** @type {{ id: string }} */ (request.params).id)
    if (!order) return reply.callNotFound()
    if (!isPayable(order)) return reply.code(409).send({ message: '이미 결제했거나 입금이나 승인을 기다리는 주문입니다.' })
    const paymentId = orders.addAttempt(order.id)
    // The checkout then refuses to open with another amount; an experiment of the page does without.
    const { unregistered } = /** @type {{ unregistered?: boolean }} */ (request.body ?? {})
    if (!unregistered) await app.portone.preRegister({ paymentId, totalAmount: order.amount, currency: 'KRW' })
    return { paymentId }
  })
}
