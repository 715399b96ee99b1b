import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { test } from 'tap'
import { openPortoneShop } from '../support/portone-shop.js'
import { openShop } from '../support/shop.js'

/** A limit for the whole app, which the third request of an address exceeds. */
const limited = {
  async prepare (app: FastifyInstance) {
    await app.register(rateLimit, { global: true, max: 2, timeWindow: 60_000 })
  },
}

test('a limit for the whole app does not count webhooks and confirmations', async (t) => {
  const shop = await openShop(t, { onConfirm () {} }, undefined, limited)
  const attempt = { imp_uid: 'imp_1', merchant_uid: 'order_1', amount: 14000 }
  for (let request = 0; request < 4; request++) {
    t.equal((await shop.notify()).statusCode, 200)
    t.equal((await shop.post(attempt, '/payments/confirm')).statusCode, 200)
  }
})

test('those of PortOne V2 neither', async (t) => {
  const shop = await openPortoneShop(t, { onConfirm () {}, webhookSecret: undefined }, undefined, limited)
  const attempt = {
    type: 'Transaction.Confirm', data: { paymentId: 'order_1', transactionId: 'tx_1', totalAmount: 14000 },
  }
  for (let request = 0; request < 4; request++) {
    t.equal((await shop.notify()).statusCode, 200)
    t.equal((await shop.post(attempt, '/payments/confirm')).statusCode, 200)
  }
})

test('it counts the buyer\'s requests', async (t) => {
  const shop = await openShop(t, {}, undefined, limited)
  for (const statusCode of [200, 200, 429]) t.equal((await shop.post({ imp_uid: 'imp_1' })).statusCode, statusCode)
  for (const statusCode of [200, 200, 429]) {
    const url = '/payments/complete/mobile?imp_uid=imp_1'
    const reply = await shop.app.inject({ url, remoteAddress: '10.0.0.1' })
    t.equal(reply.statusCode, statusCode)
  }
})
