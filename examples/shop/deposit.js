/**
 * The button of an order that waits for its deposit, in place of the buyer's bank: only the demo has one.
 *
 * @param {import('fastify').FastifyInstance} app the shop
 * @param {string} sandboxUrl
 */
export function addDeposits (app, sandboxUrl) {
  app.post('/demo/deposit', async (request, reply) => {
    const { order } = /** @type {{ order?: string }} */ (request.body ?? {})
    const refuse = () => reply.code(404).send({ message: '샌드박스에 입금을 기다리는 계좌가 없습니다.' })
    const listed = await fetch(`${sandboxUrl}/sandbox/payments?${new URLSearchParams({ merchant_uid: String(order) })}`)
    if (!listed.ok) return refuse()
    const payments = /** @type {import('fastify-iamport/sandbox').SandboxPayment[]} */ (await listed.json())
    const waiting = payments.find(({ status, vbank_num: account }) => status === 'ready' && account !== null)
    if (!waiting) return refuse()
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ imp_uid: waiting.imp_uid })
    const deposited = await fetch(`${sandboxUrl}/sandbox/deposit`, { method: 'POST', headers, body })
    return deposited.ok ? reply.code(204).send() : refuse()
  })
}
