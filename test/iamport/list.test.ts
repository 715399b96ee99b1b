import { mock } from 'node:test'
import { test } from 'tap'
import type { Payment } from '../../lib/index.js'
import { openClient } from '../support/client.js'
import { ok, outage, payment, refuse, type Seen } from '../support/upstream.js'

const DAY_MS = 24 * 60 * 60_000
const from = new Date('2026-01-01T00:00:00Z')
const after = (ms: number) => new Date(from.getTime() + ms)
const many = (count: number) => Array.from({ length: count }, (_, index) => payment({
  imp_uid: `imp_${index}`, merchant_uid: `order_${index}`,
}))
const isList = ({ path }: Seen) => path.startsWith('/payments/status/')

async function all (payments: AsyncIterable<Payment>, atMost = 10_000): Promise<string[]> {
  const ids: string[] = []
  for await (const { imp_uid } of payments) {
    if (ids.push(imp_uid) > atMost) throw new Error(`more than ${atMost} payments`)
  }
  return ids
}

test('every payment of every page comes once, in order', async (t) => {
  const { client, upstream } = await openClient(t, {}, many(7))
  const ids = many(7).map(({ imp_uid }) => imp_uid)
  for (const [limit, pages] of [[1, 7], [3, 3], [6, 2], [7, 1], [8, 1]] as const) {
    const before = upstream.seen.filter(isList).length
    t.strictSame(await all(client.listPayments({ from, to: after(DAY_MS), limit })), ids)
    t.equal(upstream.seen.filter(isList).length - before, pages, `pages of ${limit}`)
  }
})

test('an empty window is one request and nothing', async (t) => {
  const { client, upstream } = await openClient(t, {}, [])
  t.strictSame(await all(client.listPayments({ from, to: from })), [])
  t.equal(upstream.seen.filter(isList).length, 1)
})

test('status, page, limit and both ends in seconds go as the provider wants them', async (t) => {
  const { client, upstream } = await openClient(t)
  await all(client.listPayments({ status: 'paid', from: after(999), to: after(1000), limit: 5 }))
  const [{ path, query } = { path: '', query: new URLSearchParams() }] = upstream.seen.filter(isList)
  t.equal(path, '/payments/status/paid')
  const second = from.getTime() / 1000
  t.match(Object.fromEntries(query), { page: '1', limit: '5', from: String(second), to: String(second + 1) })
})

test('without a limit pages are as large as they may be, without a status all are listed', async (t) => {
  const { client, upstream } = await openClient(t)
  await all(client.listPayments({ from, to: after(1000) }))
  t.match(upstream.seen.find(isList), { path: '/payments/status/all' })
  t.equal(upstream.seen.find(isList)?.query.get('limit'), '1000')
})

test('without an end the window ends now', async (t) => {
  const { client, upstream } = await openClient(t)
  const start = new Date(Date.now() - DAY_MS)
  await all(client.listPayments({ from: start }))
  const to = Number(upstream.seen.find(isList)?.query.get('to'))
  t.ok(Math.abs(to - Date.now() / 1000) < 60, String(to))
})

test('pages are fetched as wanted', async (t) => {
  const { client, upstream } = await openClient(t, {}, many(9))
  const payments = client.listPayments({ from, to: after(DAY_MS), limit: 3 })
  t.equal(upstream.seen.length, 0, 'nothing is asked before the first is wanted')
  for (let i = 0; i < 3; i++) await payments.next()
  t.equal(upstream.seen.filter(isList).length, 1)
  await payments.next()
  t.equal(upstream.seen.filter(isList).length, 2)
  await payments.return?.()
  t.equal(upstream.seen.filter(isList).length, 2)
})

for (const [days, windows] of [[89, 1], [90, 1], [91, 2], [180, 2], [181, 3], [365, 5]] as const) {
  test(`${days} days are asked for in ${windows} windows without a gap, an overlap or one over 90 days`, async (t) => {
    const { client, upstream } = await openClient(t, {}, [])
    await all(client.listPayments({ from, to: after(days * DAY_MS) }))
    const asked = upstream.seen.filter(isList).map(({ query }) => ({
      from: Number(query.get('from')), to: Number(query.get('to')),
    }))
    t.equal(asked.length, windows)
    t.equal(asked[0]?.from, from.getTime() / 1000)
    t.equal(asked.at(-1)?.to, after(days * DAY_MS).getTime() / 1000)
    for (const [index, window] of asked.entries()) {
      t.ok(window.to - window.from <= 90 * 24 * 60 * 60 && window.to >= window.from)
      if (index > 0) t.equal(window.from, Number(asked[index - 1]?.to) + 1)
    }
  })
}

test('an end that a window of 90 days just misses is not lost', async (t) => {
  const { client, upstream } = await openClient(t, {}, [])
  for (const more of [1, 499, 999, 1000, 1001]) {
    const to = after(90 * DAY_MS + more)
    await all(client.listPayments({ from: after(500), to }))
    const asked = Number(upstream.seen.filter(isList).at(-1)?.query.get('to'))
    t.equal(asked, Math.floor(to.getTime() / 1000), `${more} ms more`)
  }
})

test('a limit outside 1 to 1000 is refused, the limits themselves are taken', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const limit of [0, -1, 1001, 1.5, NaN, Infinity]) {
    t.throws(() => client.listPayments({ from, to: from, limit }), { code: 'FST_ERR_VALIDATION' }, String(limit))
  }
  t.equal(upstream.seen.length, 0)
  for (const limit of [1, 1000]) t.same(await all(client.listPayments({ from, to: from, limit })), ['imp_1'])
})

test('times that are no Dates, or the wrong way round, are refused', async (t) => {
  const { client, upstream } = await openClient(t)
  const list = (options: unknown) => () => Reflect.apply(client.listPayments, client, [options])
  for (const options of [
    {}, { from: '2026-01-01' }, { from: 1790000000 }, { from: Date.now() }, { from: new Date('soon') }, { from: null },
    { from, to: '2026-02-01' }, { from, to: new Date(NaN) }, { from: after(1), to: from },
  ]) {
    t.throws(list(options), { code: 'FST_ERR_VALIDATION' }, JSON.stringify(options))
  }
  t.equal(upstream.seen.length, 0)
  t.same(await all(client.listPayments({ from, to: from })), ['imp_1'], 'a window of one moment is one')
})

test('a page that fails is tried again, and then ends the walk with a code', async (t) => {
  const { client, upstream } = await openClient(t, {}, many(4))
  let asked = 0
  upstream.script = (seen, response) =>
    isList(seen) && seen.query.get('page') === '2' && ++asked === 1 && refuse(response, 500)
  t.equal((await all(client.listPayments({ from, to: from, limit: 2 }))).length, 4)
  upstream.script = (seen, response) => isList(seen) && seen.query.get('page') === '2' && outage(response)
  const got: string[] = []
  await t.rejects(async () => {
    for await (const one of client.listPayments({ from, to: from, limit: 2 })) got.push(one.imp_uid)
  }, { code: 'IAMPORT_UNAVAILABLE' })
  t.strictSame(got, ['imp_0', 'imp_1'])
})

test('a provider without lists is a bad gateway, not a payment that is not found', async (t) => {
  const { client, upstream } = await openClient(t)
  upstream.script = (seen, response) => isList(seen) && refuse(response, 404)
  await t.rejects(all(client.listPayments({ from, to: from })), {
    code: 'IAMPORT_BAD_GATEWAY', message: /HTTP 404/, cause: { status: 404 },
  })
})

test('a page that is not what it must be is a bad gateway', async (t) => {
  const { client, upstream } = await openClient(t)
  for (const page of [
    null, [], { list: [] }, { total: 1, next: 0 }, { total: 1, next: 0, list: [null] },
    { total: 1, next: '2', list: [] }, { total: 1, next: 0, list: [payment({ amount: -1 })] },
  ]) {
    upstream.script = (seen, response) => isList(seen) && ok(response, page)
    await t.rejects(all(client.listPayments({ from, to: from })), { code: 'IAMPORT_BAD_GATEWAY' }, JSON.stringify(page))
  }
})

for (const next of [1, 2, -1, 1.5]) {
  test(`a page 2 that names ${next} as the next one does not make the walk endless`, async (t) => {
    const { client, upstream } = await openClient(t)
    upstream.script = (seen, response) => isList(seen) && ok(response, {
      total: 2, list: [payment()], next: seen.query.get('page') === '1' ? 2 : next
    })
    const walked: unknown = await all(client.listPayments({ from, to: from }), 50).catch((error) => error)
    t.ok(Array.isArray(walked) || (walked instanceof Error && 'code' in walked), String(walked))
  })
}

test('a page of a thousand payments of 2 kB each is read', async (t) => {
  const { client } = await openClient(t, {}, many(1000).map((one) => ({ ...one, custom_data: 'x'.repeat(2000) })))
  t.equal((await all(client.listPayments({ from, to: from }))).length, 1000)
})

test('a payment that leaves the list while it is walked hides no other', async (t) => {
  const { client, upstream } = await openClient(t, {}, many(6))
  const seen: string[] = []
  for await (const { imp_uid: impUid } of client.listPayments({ status: 'paid', from, to: from, limit: 2 })) {
    seen.push(impUid)
    if (impUid === 'imp_1') upstream.payments.delete('imp_0') // the 3rd moves to the page that was read
  }
  t.strictSame(seen, ['imp_0', 'imp_1', 'imp_2', 'imp_3', 'imp_4', 'imp_5'])
})

test('payments that leave the list by the page hide none of the others', async (t) => {
  const { client, upstream } = await openClient(t, {}, many(10))
  const seen: string[] = []
  for await (const { imp_uid: impUid } of client.listPayments({ status: 'paid', from, to: from, limit: 2 })) {
    seen.push(impUid)
    if (impUid === 'imp_3') for (const gone of ['imp_0', 'imp_1', 'imp_2']) upstream.payments.delete(gone)
  }
  t.strictSame([...new Set(seen)].sort(), many(10).map(({ imp_uid: impUid }) => impUid).sort())
})

test('a list that loses its last page while it is walked is walked to its end', async (t) => {
  const { client, upstream } = await openClient(t, {}, many(5))
  const seen: string[] = []
  for await (const { imp_uid: impUid } of client.listPayments({ status: 'paid', from, to: from, limit: 2 })) {
    seen.push(impUid)
    if (impUid === 'imp_3') upstream.payments.delete('imp_0') // the 5th moves to the 2nd page, and there is no 3rd
  }
  t.strictSame(seen, many(5).map(({ imp_uid: impUid }) => impUid))
})

test('a page that stays refused ends the walk with its error', async (t) => {
  const { client, upstream } = await openClient(t, {}, many(5))
  upstream.script = (seen, response) => isList(seen) && refuse(response, 400)
  await t.rejects(all(client.listPayments({ from, to: from, limit: 2 })), { code: 'IAMPORT_BAD_GATEWAY' })
  upstream.script = (seen, response) => isList(seen) && seen.query.get('page') === '2' && refuse(response, 400)
  upstream.seen.length = 0
  await t.rejects(all(client.listPayments({ from, to: from, limit: 2 })), { code: 'IAMPORT_BAD_GATEWAY' })
  t.equal(upstream.seen.filter(isList).length, 4, 'the second once more, after the first, which shows the total')
})

test('a payment that joins the list while it is walked is given, and none twice', async (t) => {
  const { client, upstream } = await openClient(t, {}, many(4))
  const seen: string[] = []
  for await (const { imp_uid: impUid } of client.listPayments({ status: 'paid', from, to: from, limit: 2 })) {
    seen.push(impUid)
    if (impUid === 'imp_1') upstream.payments.set('imp_9', payment({ imp_uid: 'imp_9' }))
  }
  t.strictSame(seen, ['imp_0', 'imp_1', 'imp_2', 'imp_3', 'imp_9'])
})

/** A page of `upstream` as it would be sent, in bytes. */
const MAX_PAGE_BYTES = 16 * 2 ** 20
const large = (count: number, bytes: number) => many(count).map((one) => ({ ...one, custom_data: 'x'.repeat(bytes) }))

test('a page that is too large is asked for again in smaller ones, and every payment comes once', async (t) => {
  const { client, upstream } = await openClient(t, {}, large(300, 64 * 1024))
  t.strictSame(await all(client.listPayments({ from, to: from })), many(300).map(({ imp_uid }) => imp_uid))
  const asked = upstream.seen.filter(isList).map(({ query }) => `${query.get('limit')}:${query.get('page')}`)
  t.strictSame(asked, ['1000:1', '512:1', '256:1', '128:1', '128:2', '256:2'])
})

test('a page that comes too slowly is asked for again in smaller ones', async (t) => {
  const { client, upstream } = await openClient(t, { timeoutMs: 200 }, many(20))
  mock.timers.enable({ apis: ['setTimeout'] }) // so that no other page is slow, however busy the machine is
  t.teardown(() => mock.timers.reset())
  upstream.script = (seen) => {
    const isSlow = isList(seen) && Number(seen.query.get('limit')) > 4
    if (isSlow) mock.timers.tick(200)
    return isSlow
  }
  t.strictSame(await all(client.listPayments({ from, to: from, limit: 16 })), many(20).map(({ imp_uid }) => imp_uid))
  const sizes = upstream.seen.filter(isList).map(({ query }) => Number(query.get('limit')))
  t.strictSame(sizes.slice(0, 4), [16, 8, 4, 4], 'each size that is too slow was tried once')
})

test('a list that is never answered fails with its code, also where a page is one payment', async (t) => {
  const { client, upstream } = await openClient(t, { timeoutMs: 1000, budgetMs: 10_000 })
  upstream.script = (seen) => isList(seen)
  await t.rejects(all(client.listPayments({ from, to: from, limit: 2 })), { code: 'IAMPORT_TIMEOUT' })
  const sizes = upstream.seen.filter(isList).map(({ query }) => Number(query.get('limit')))
  t.strictSame(sizes, [2, 1, 1, 1, 1], 'what cannot be made smaller is tried again')
})

test('a payment that alone is too large hides none of the others; the end says that one is missing', async (t) => {
  const { client, upstream } = await openClient(t, {}, many(12))
  upstream.payments.set('imp_5', payment({ imp_uid: 'imp_5', custom_data: 'x'.repeat(MAX_PAGE_BYTES) }))
  const got: string[] = []
  await t.rejects(async () => {
    for await (const { imp_uid: impUid } of client.listPayments({ from, to: from, limit: 10 })) got.push(impUid)
  }, { code: 'IAMPORT_BAD_GATEWAY', message: /16777216 bytes/ })
  t.strictSame(got, many(12).map(({ imp_uid }) => imp_uid).filter((id) => id !== 'imp_5'))
})
