/**
 * The button of a waiting order, in place of the buyer's bank: only the demo has one.
 *
 * @param {import('fastify').FastifyInstance} app the shop
 * @param {Pick<import('fastify-iamport/sandbox').Sandbox, 'deposit' | 'payments'>} sandbox
 */
export function addDeposits (app, sandbox) {
  app.post('/demo/deposit', async (request, reply) => {
    const { order } = /** @type {{ order?: string }} */ (request.body ?? {})
    const waiting = sandbox.payments.ofOrder(String(order)).find(({ status, vbank_num: account }) => status === 'ready' && account !== null)
    if (!waiting) return reply.code(404).send({ message: '입금을 기다리는 계좌가 없습니다.' })
    sandbox.deposit(waiting.imp_uid)
    return reply.code(204).send()
  })
}
