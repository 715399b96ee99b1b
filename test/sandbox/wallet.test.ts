import { test } from 'tap'
import { openSandbox } from './support/client.js'
import { readProviderSchema } from './support/openapi.js'

const SHOP = 'http://localhost:3000'

/** Pays in the window with that wallet. */
async function payBy (url: string, order: { merchant_uid: string, pg: string }, choice: object) {
  const request = JSON.stringify({ amount: 14_000, name: 'chair', ...order })
  const body = new URLSearchParams({ request, mode: 'layer', origin: SHOP })
  const { url: address } = await fetch(`${url}/checkout`, { method: 'POST', body })
  const headers = { 'content-type': 'application/json' }
  const paid = { action: 'approve', ...choice }
  const decided = await fetch(address, { method: 'POST', headers, body: JSON.stringify(paid) })
  return decided.status
}

test('a payment by wallet carries what the provider gives: the method, the wallet and the card', async (t) => {
  const conforms = readProviderSchema(t)
  const { url, call, sandbox } = await openSandbox(t)
  const card = { pay_method: 'card', card_name: '신한카드', apply_num: String }
  const money = { card_name: null, apply_num: null, card_number: null }
  const cases: [pg: string, method: string, source: string, expected: object][] = [
    ['html5_inicis', 'kakaopay', 'card', { ...card, pg_provider: 'html5_inicis', emb_pg_provider: 'kakaopay' }],
    ['html5_inicis', 'naverpay', 'money', { ...money, pay_method: 'point', emb_pg_provider: 'naverpay' }],
    ['html5_inicis', 'tosspay', 'money', { ...money, pay_method: 'point', emb_pg_provider: 'tosspay' }],
    ['kakaopay.TC0ONETIME', 'kakaopay', 'card', { ...card, pg_provider: 'kakaopay', emb_pg_provider: null }],
    ['kakaopay.TC0ONETIME', 'kakaopay', 'money', { ...money, pay_method: 'point', emb_pg_provider: null }],
    ['tosspay', 'tosspay', 'money', { ...money, pay_method: 'trans', pg_provider: 'tosspay', emb_pg_provider: null }],
    ['tosspay_v2', 'tosspay', 'money', { pay_method: 'trans', pg_provider: 'tosspay_v2', emb_pg_provider: null }],
  ]
  for (const [index, [pg, method, source, expected]] of cases.entries()) {
    const merchant_uid = `order_${index}`
    t.equal(await payBy(url, { merchant_uid, pg }, { method, source }), 200)
    const answer = await call('GET', `/payments/find/${merchant_uid}`)
    t.match(answer.body.response, { status: 'paid', ...expected }, `${pg} ${method} ${source}`)
    conforms?.('PaymentResponse', answer, `${pg} ${method} ${source}`)
  }
  const inHand = await sandbox.pay({ merchant_uid: 'in process', amount: 1000, pay_method: 'kakaopay' })
  t.match(inHand, { pay_method: 'card', emb_pg_provider: 'kakaopay' })
})
