import { test } from 'tap'
import type { Summary } from '../../lib/sandbox/console/summary.js'
import { openSandbox } from './support/client.js'

interface Message {
  event: string
  data: {
    payments: Summary[]
    total: number
    more: boolean
    faults: { name: string }[]
  } & { name: string }[]
}

/** Reads server-sent events one after the other. */
async function * listen (url: string, signal: AbortSignal): AsyncGenerator<Message> {
  const { body } = await fetch(`${url}/console/events`, { signal })
  let text = ''
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString()
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n')
      text = text.slice(end + 2)
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? ''
      yield { event: field('event'), data: JSON.parse(field('data')) }
    }
  }
}

test('the console hears of payments, lookups, faults and a reset as they happen', async (t) => {
  const { url, sandbox, call } = await openSandbox(t)
  const before = await sandbox.pay({ merchant_uid: 'before', amount: 1000 })
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const messages = listen(url, stop.signal)
  const next = async () => {
    const { value } = await messages.next()
    return value as Message
  }
  t.match(await next(), {
    event: 'snapshot',
    data: { total: 1, more: false, payments: [{ generation: 'v1', id: before.imp_uid }], faults: [] },
  })
  await sandbox.pay({ merchant_uid: 'after', amount: 1000 })
  t.match(await next(), { event: 'changed', data: { total: 2, payments: [{ order: 'after', state: 'paid' }] } })
  await call('GET', `/payments/${before.imp_uid}`)
  t.match(await next(), { event: 'changed', data: { payments: [{ order: 'before', lookups: 1 }] } })
  sandbox.fault({ name: 'latency', ms: 5 })
  t.match(await next(), { event: 'faults', data: [{ name: 'latency' }] })
  sandbox.reset()
  t.match(await next(), { event: 'snapshot', data: { total: 0, payments: [] } })
})

test('a console shows the newest 100 of thousands, and older ones a hundred at a time', async (t) => {
  const { url, sandbox } = await openSandbox(t)
  for (let count = 0; count < 250; count++) await sandbox.pay({ merchant_uid: `order_${count}`, amount: 1 })
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const messages = listen(url, stop.signal)
  const { value } = await messages.next()
  let { payments, more } = (value as Message).data
  const sizes = [payments.length]
  const seen = new Set(payments.map((one) => one.order))
  t.equal(payments.at(0)?.order, 'order_249')
  while (more) {
    ;({ payments, more } = (await (
      await fetch(`${url}/console/payments?before=${payments.at(-1)?.serial}`)
    ).json()) as Message['data'])
    sizes.push(payments.length)
    for (const one of payments) seen.add(one.order)
  }
  t.strictSame(sizes, [100, 100, 50])
  t.equal(seen.size, 250)
  for (let count = 0; count < 300; count++) await sandbox.pay({ merchant_uid: `more_${count}`, amount: 1 })
  const flood = await messages.next()
  t.ok((flood.value as Message).data.payments.length <= 100, 'a flood is sent in bounded messages')
})

test('the console\'s pages run no script but their own and may not be framed', async (t) => {
  const { url } = await openSandbox(t, { impKey: '"><script>alert(1)</script>' })
  const page = await fetch(url)
  const markup = await page.text()
  t.notMatch(markup, '<script>')
  t.match(page.headers.get('content-security-policy'), /default-src 'none'; script-src 'self'.*frame-ancestors 'none'/)
  for (const [, path = ''] of markup.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
    t.equal((await fetch(url + path)).status, 200, path)
  }
  t.match(await (await fetch(`${url}/v1/iamport.js`)).text(), 'request_pay')
})
