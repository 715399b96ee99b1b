/**
 * The button of an order that waits for its deposit, in place of the buyer's bank: only the demo has one.
 *
 * @param {import('fastify').FastifyInstance} app the shop
 * @param {import('./orders.js').Orders} orders
 * @param {string} sandboxUrl
 */
export function addDeposits (app, orders, sandboxUrl) {
  app.post('/demo/deposit', async (request, reply) => {
    const { order } = /** @type {{ order?: string }} */ (request.body ?? {})
    const account = orders.get(String(order))?.imp_uid
    const isDeposited = typeof account === 'string' && (await deposit(sandboxUrl, account)).ok
    return isDeposited
      ? reply.code(204).send()
      : reply.code(404).send({ message: '샌드박스에 입금을 기다리는 계좌가 없습니다.' })
  })
}

/** @param {string} sandboxUrl @param {string} account V1's `imp_uid`, or V2's `transactionId` */
async function deposit (sandboxUrl, account) {
  const listed = await fetch(`${sandboxUrl}/sandbox/v2/payments`)
  const payments = /** @type {{ id: string, transactionId: string }[]} */ (await listed.json())
  const v2 = payments.find(({ transactionId }) => transactionId === account)
  const [path, body] = v2
    ? ['v2/deposit', { paymentId: v2.id, transactionId: account }]
    : ['deposit', { imp_uid: account }]
  const headers = { 'content-type': 'application/json' }
  return fetch(`${sandboxUrl}/sandbox/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}
