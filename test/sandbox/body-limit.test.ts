import { test } from 'tap'
import { openSandbox } from './support/client.js'

/** Bytes of the longest body: 64 KiB. */
const LIMIT = 65_536

test('a body of more than 64 KiB is refused everywhere, and nothing of it is kept', async (t) => {
  const { url, sandbox, call } = await openSandbox(t)
  await call('POST', '/payments/prepare', { merchant_uid: 'order_0', amount: 1000 })
  const jsonOf = (data: string) =>
    JSON.stringify({ merchant_uid: `order_${data.length}`, amount: 1000, custom_data: data })
  const formOf = (data: string) => {
    const form = new URLSearchParams({ request: jsonOf(data), mode: 'layer', origin: 'http://localhost:3000' })
    return form.toString()
  }
  const ways: [path: string, type: string, bodyOf: (data: string) => string][] = [
    ['/checkout', 'application/x-www-form-urlencoded', formOf],
    ['/sandbox/pay', 'application/json', jsonOf],
    ['/users/getToken', 'application/json', jsonOf],
    ['/users/getToken', 'application/x-www-form-urlencoded', formOf],
  ]
  for (const [path, type, bodyOf] of ways) {
    /** A body of so many bytes. The number of its order has five digits in any. */
    const send = async (bytes: number) => {
      const body = bodyOf('x'.repeat(bytes - bodyOf('x'.repeat(10_000)).length + 10_000))
      t.equal(body.length, bytes)
      const headers = { 'content-type': type }
      const answer = await fetch(url + path, { method: 'POST', headers, body, redirect: 'manual' })
      await answer.arrayBuffer()
      return answer.status
    }
    t.not(await send(LIMIT - 1), 413, `${path} one below`)
    t.not(await send(LIMIT), 413, `${path} at the limit`)
    const before = sandbox.payments.all().length
    t.equal(await send(LIMIT + 1), 413, `${path} one above`)
    t.equal(sandbox.payments.all().length, before)
  }
})
