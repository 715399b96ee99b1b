import { request } from 'node:http'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { IAMPORT_WEBHOOK_ADDRESSES } from '../../lib/index.js'
import { openShop } from '../support/shop.js'

type Options = Parameters<typeof openShop>

/** The status for a webhook from that address. */
async function openGate (t: Options[0], allowedAddresses: readonly string[], surroundings?: Options[3]) {
  const shop = await openShop(t, { webhook: { allowedAddresses }, onConfirm: () => {} }, undefined, surroundings)
  const from = async (remoteAddress: string, headers: Record<string, string> = {}, url = '/payments/webhook') =>
    shop.app.inject({
      method: 'POST',
      url,
      remoteAddress,
      headers,
      payload: { imp_uid: 'imp_1', merchant_uid: 'order_1', amount: 14000 },
    })
  return { shop, from, status: async (...args: Parameters<typeof from>) => (await from(...args)).statusCode }
}

test('the exported addresses are those of the provider, and taken', async (t) => {
  t.strictSame(IAMPORT_WEBHOOK_ADDRESSES, ['52.78.100.19', '52.78.48.223', '52.78.5.241'])
  const { status } = await openGate(t, IAMPORT_WEBHOOK_ADDRESSES)
  for (const address of IAMPORT_WEBHOOK_ADDRESSES) t.equal(await status(address), 200)
  for (const address of ['52.78.100.18', '52.78.100.20', '127.0.0.1', '::1']) t.equal(await status(address), 403)
})

test('another address is forbidden before anything is read or asked', async (t) => {
  const { shop, from } = await openGate(t, ['10.0.0.1'])
  const reply = await from('10.0.0.2')
  t.match(reply.json(), { statusCode: 403, code: 'IAMPORT_FORBIDDEN', error: 'Forbidden' })
  t.equal(shop.upstream.seen.length, 0)
  t.equal((await shop.app.inject({
    method: 'POST', url: '/payments/webhook', remoteAddress: '10.0.0.2', payload: 'x',
  })).statusCode, 403)
})

test('ranges hold their first and last address, and no neighbour', async (t) => {
  const { status } = await openGate(t, ['10.1.2.128/25', '192.0.2.7/32', '2001:db8:1::/48'])
  for (const address of [
    '10.1.2.128', '10.1.2.255', '192.0.2.7', '2001:db8:1::', '2001:db8:1:ffff:ffff:ffff:ffff:ffff',
  ]) t.equal(await status(address), 200, address)
  for (const address of [
    '10.1.2.127', '10.1.3.0', '192.0.2.6', '192.0.2.8', '2001:db8:0:ffff::1', '2001:db8:2::',
  ]) t.equal(await status(address), 403, address)
})

test('an IPv4 address is the same when it comes mapped into IPv6', async (t) => {
  const { status } = await openGate(t, ['10.0.0.1', '10.9.0.0/16'])
  t.equal(await status('::ffff:10.0.0.1'), 200)
  t.equal(await status('::ffff:10.9.1.1'), 200)
  t.equal(await status('::ffff:10.0.0.2'), 403)
  t.equal(await status('::ffff:0a00:0001'), 200)
})

test('IPv6 addresses are compared by value, not by spelling', async (t) => {
  const { status } = await openGate(t, ['2001:DB8::0001'])
  t.equal(await status('2001:db8:0:0:0:0:0:1'), 200)
  t.equal(await status('2001:db8::2'), 403)
})

test('a forged header changes nothing without trustProxy', async (t) => {
  const { status } = await openGate(t, ['10.0.0.1'])
  for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-client-ip', 'true-client-ip']) {
    t.equal(await status('10.0.0.2', { [name]: name === 'forwarded' ? 'for=10.0.0.1' : '10.0.0.1' }), 403, name)
  }
})

test('behind a trusted proxy it is the address that the proxy names', async (t) => {
  const { status } = await openGate(t, ['52.78.100.19'], { server: { trustProxy: '10.0.0.1' } })
  t.equal(await status('10.0.0.1', { 'x-forwarded-for': '52.78.100.19' }), 200)
  t.equal(await status('10.0.0.1', {
    'x-forwarded-for': '52.78.100.19, 6.6.6.6',
  }), 403, 'the last hop that is not trusted counts')
  t.equal(await status('10.0.0.1', { 'x-forwarded-for': '6.6.6.6, 52.78.100.19' }), 200)
  t.equal(await status('6.6.6.6', { 'x-forwarded-for': '52.78.100.19' }), 403, 'not from the proxy')
  t.equal(await status('10.0.0.1'), 403)
})

test('what is no address is forbidden, never an error', async (t) => {
  const { status } = await openGate(t, ['10.0.0.1', '::1'], { server: { trustProxy: true } })
  for (const address of ['', 'unknown', '10.0.0.1:80', '[::1]', 'fe80::1%eth0', '10.0.0.1\u0000', 'a'.repeat(5000)]) {
    t.equal(await status('127.0.0.1', { 'x-forwarded-for': address }), 403, address)
  }
})

test('the confirm route obeys the list, the buyer\'s routes do not', async (t) => {
  const { shop, status } = await openGate(t, ['10.0.0.1'])
  t.equal(await status('10.0.0.1', {}, '/payments/confirm'), 200)
  t.equal(await status('10.0.0.2', {}, '/payments/confirm'), 403)
  t.equal(await status('10.0.0.2', {}, '/payments/complete'), 200)
  t.equal((await shop.redirect()).statusCode, 200)
})

test('without a list every notification is taken', async (t) => {
  const shop = await openShop(t)
  for (const remoteAddress of ['6.6.6.6', '2001:db8::1']) {
    t.equal((await shop.app.inject({
      method: 'POST', url: '/payments/webhook', remoteAddress, payload: { imp_uid: 'imp_1' },
    })).statusCode, 200)
  }
})

test('over a real socket it is the address of the other end', async (t) => {
  for (const [entry, status] of [['127.0.0.1', 200], ['127.0.0.2', 403]] as const) {
    const { shop } = await openGate(t, [entry])
    const url = await shop.listen()
    const reply = await fetch(`${url}/payments/webhook`, {
      method: 'POST', body: new URLSearchParams({ imp_uid: 'imp_1' }),
    })
    t.equal(reply.status, status)
    await reply.text()
  }
})

test('over a Unix socket, which has no address, nobody is let in', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'socket-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const { shop } = await openGate(t, ['127.0.0.1'])
  const socketPath = join(folder, 'shop.sock')
  await shop.app.listen({ path: socketPath })
  const sent = request({ socketPath, path: '/payments/webhook', method: 'POST' }).end()
  const [reply] = await once(sent, 'response')
  reply.resume()
  t.equal(reply.statusCode, 403)
})
