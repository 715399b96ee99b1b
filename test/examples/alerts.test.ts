import Fastify from 'fastify'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'tap'
import { alerts } from '../../examples/alerts/alerts.js'
import iamport from '../../lib/index.js'
import { createUpstream, payment, secondsAgo } from '../support/upstream.js'

test('an alert is posted to the chat, and one that the chat refuses is in the log', async (t) => {
  let status = 200
  let posted = (_: object) => {}
  const chat = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    response.writeHead(status).end()
    posted(JSON.parse(body))
  }).listen(0, '127.0.0.1')
  await once(chat, 'listening')
  const old = { amount: 100, paid_at: secondsAgo(3601) }
  const upstream = await createUpstream([payment(old), payment({ ...old, imp_uid: 'imp_2', merchant_uid: 'order_2' })])
  let logged = (_: object) => {}
  const stream = { write: (line: string) => { if (line.includes('alert')) logged(JSON.parse(line)) } }
  const app = Fastify({ logger: { stream } })
  t.teardown(async () => {
    await app.close()
    await upstream.close()
    chat.close()
  })
  await app.register(alerts, { url: `http://127.0.0.1:${(chat.address() as AddressInfo).port}` })
  await app.register(iamport, {
    impKey: 'key', impSecret: 'secret', baseUrl: upstream.url, getExpectedAmount: () => 14000, onPaid () {},
  })

  const message = new Promise<object>((resolve) => { posted = resolve })
  await app.iamport.complete('imp_1')
  t.strictSame(await message, {
    text: 'Refund by hand: 100 KRW of order order_1 (Iamport imp_1, amount_mismatch)',
  })
  status = 404
  const line = new Promise<object>((resolve) => { logged = resolve })
  await app.iamport.complete('imp_2')
  t.match(await line, { level: 50, imp_uid: 'imp_2', err: { message: 'HTTP 404' } })
})
