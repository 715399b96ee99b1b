import fc from 'fast-check'
import { test } from 'tap'
import { iterateList, type ListEntry, type ListPage, type PageQuery } from '../../lib/portone/iterate-list.js'
import { openPortone } from '../support/portone-client.js'
import { json } from '../support/upstream.js'
import { paid, type PortoneUpstream } from '../support/portone-upstream.js'

const START = Date.parse('2026-07-01T00:00:00Z')
const DAY_MS = 24 * 3600_000
const timeOf = (ms: number) => new Date(START + ms).toISOString()

/** Entries at these milliseconds, in this order. */
const entriesAt = (...times: number[]): ListEntry[] =>
  times.map((ms, index) => ({ id: `order_${index}`, transactionId: `tx_${index}`, time: timeOf(ms), wire: {} }))

/** With nine digits of a second, so that times can be compared as texts. */
const finely = (time: string) => time.replace(/(\.\d+)?Z$/, (_, fraction = '.') => `${fraction.padEnd(10, '0')}Z`)

/** A list as the provider filters, sorts and pages it. */
function createList (entries: ListEntry[]) {
  const queries: PageQuery[] = []
  const list = {
    entries,
    queries,
    async read (query: PageQuery): Promise<ListPage | Error> {
      queries.push(query)
      const { from, until, number, size } = query
      const found = list.entries
        .filter(({ time }) => finely(time) >= finely(from) && finely(time) <= finely(until))
        .sort((a, b) => finely(a.time) < finely(b.time) ? -1 : finely(a.time) > finely(b.time) ? 1 : 0)
        .slice(number * size, (number + 1) * size)
      return { entries: found, size, totalCount: found.length }
    },
  }
  return list
}

async function collect (read: (query: PageQuery) => Promise<ListPage | Error>, size: number, days = 1) {
  const period = { from: new Date(START), to: new Date(START + days * DAY_MS), size }
  const ids: string[] = []
  for await (const { id } of iterateList(read, period)) ids.push(id)
  return ids
}
const named = (count: number) => Array.from({ length: count }, (_, index) => `order_${index}`)

test('the next request starts at the last entry\'s time, inclusive, and page numbers stay 0', async (t) => {
  const list = createList(entriesAt(0, 1, 2, 3, 4, 5, 6))
  t.strictSame(await collect(list.read, 3), named(7))
  t.strictSame(list.queries.map(({ from, number }) => [from, number]),
    [[timeOf(0), 0], [timeOf(2), 0], [timeOf(4), 0], [timeOf(6), 0]])
  t.ok(list.queries.every(({ until }) => until === timeOf(DAY_MS)))
})

test('an empty list, and one that fits into a page, is one request', async (t) => {
  for (const entries of [[], entriesAt(0, 1)]) {
    const list = createList(entries)
    t.strictSame(await collect(list.read, 3), named(entries.length))
    t.equal(list.queries.length, 1)
  }
})

test('pages are numbered only among entries of one time', async (t) => {
  const list = createList(entriesAt(0, 5, 5, 5, 5, 5, 5, 5, 9))
  t.strictSame(await collect(list.read, 2), named(9))
  t.ok(list.queries.every(({ from, number }) => number === 0 || from === timeOf(5)))
})

test('times finer than milliseconds are sent back as they came', async (t) => {
  const entries = entriesAt(0, 0, 0, 0).map((entry, index) =>
    ({ ...entry, time: `2026-07-01T00:00:00.36697962${index}Z` }))
  const list = createList(entries)
  t.strictSame(await collect(list.read, 2), named(4))
  t.strictSame(list.queries.map(({ number }) => number), [0, 0, 0, 0])
  t.equal(list.queries[1]?.from, '2026-07-01T00:00:00.366979621Z')
})

test('entries are told apart by id and transactionId', async (t) => {
  const entries = entriesAt(0, 0, 0, 0)
  for (const entry of entries) entry.id = 'order_0'
  t.equal((await collect(createList(entries).read, 2)).length, 4)
  t.equal((await collect(createList([...entries, ...entries]).read, 3)).length, 4)
})

test('entries that leave the list while it is read hide no other', async (t) => {
  const list = createList(entriesAt(0, 1, 2, 3, 4, 5))
  const found = []
  for await (const { id } of iterateList(list.read, { from: new Date(START), to: new Date(START + DAY_MS), size: 2 })) {
    found.push(id)
    if (id === 'order_1') list.entries = list.entries.slice(2)
  }
  t.strictSame(found, named(6))
})

test('an entry whose status changes while the list is read comes once more', async (t) => {
  const list = createList(entriesAt(0, 1, 2, 3))
  const found = []
  for await (const { id } of iterateList(list.read, { from: new Date(START), to: new Date(START + DAY_MS), size: 2 })) {
    found.push(id)
    if (id === 'order_1') list.entries = list.entries.map((one, at) => at === 0 ? { ...one, time: timeOf(9) } : one)
  }
  t.strictSame(found, [...named(4), 'order_0'])
})

test('a long period is read in windows of at most 90 days, without a gap', async (t) => {
  const entries = entriesAt(0, 90 * DAY_MS - 1, 90 * DAY_MS, 90 * DAY_MS + 1, 180 * DAY_MS, 200 * DAY_MS)
  // Between two milliseconds, where two windows meet.
  entries.push({ id: 'between', transactionId: 'tx', time: timeOf(90 * DAY_MS).replace('Z', '5Z'), wire: {} })
  const list = createList(entries)
  t.strictSame((await collect(list.read, 10, 200)).sort(), ['between', ...named(6)].sort())
  for (const { from, until } of list.queries) t.ok(Date.parse(until) - Date.parse(from) <= 90 * DAY_MS)
  t.equal(list.queries.at(-1)?.until, timeOf(200 * DAY_MS))
})

test('no entry beyond the 60,000th of one time is asked for', async (t) => {
  let asked = 0
  const read = async ({ number, size }: PageQuery) => {
    asked = (number + 1) * size
    const entries = entriesAt(...Array.from({ length: size }, () => 5))
    for (const [index, entry] of entries.entries()) entry.id = `${number}-${index}`
    return { entries, size, totalCount: size }
  }
  await t.rejects(collect(read, 1000), { code: 'IAMPORT_BAD_GATEWAY' })
  t.equal(asked, 60_000)
})

test('a provider that sends smaller pages than it was asked for is read to the end', async (t) => {
  const whole = createList(entriesAt(0, 1, 2, 3, 4, 5, 6))
  const clamped = async (query: PageQuery) => whole.read({ ...query, size: 2 })
  t.strictSame(await collect(clamped, 100), named(7), 'it tells the size')
  const silent = async (query: PageQuery) => {
    const page = await clamped(query)
    const totalCount = whole.entries.filter(({ time }) => time >= query.from).length
    return page instanceof Error ? page : { ...page, size: query.size, totalCount }
  }
  t.strictSame(await collect(silent, 100), named(7), 'it tells how many there are')
})

test('a provider that sends always the same ends the list', async (t) => {
  const entries = entriesAt(0, 1, 2)
  let requests = 0
  const read = async () => {
    requests++
    return { entries, size: 3, totalCount: 99 }
  }
  await t.rejects(collect(read, 3), { code: 'IAMPORT_BAD_GATEWAY' })
  t.ok(requests <= 20_001)
})

test('a short page without anything new is the last one, whatever total is told', async (t) => {
  const entries = entriesAt(5, 5)
  let requests = 0
  const read = async () => {
    requests++
    return { entries, size: 3, totalCount: 99 }
  }
  t.strictSame(await collect(read, 3), named(2))
  t.equal(requests, 2)
})

test('a provider that turns a page round ends the list too', async (t) => {
  const entries = [0, 1, 2].map((digit) =>
    ({ id: `order_${digit}`, transactionId: 'tx', time: `2026-07-01T00:00:00.36697962${digit}Z`, wire: {} }))
  const read = async () => ({ entries: entries.reverse(), size: 3, totalCount: 3 })
  await t.rejects(collect(read, 3), { code: 'IAMPORT_BAD_GATEWAY' })
})

test('a page that is too large is read as smaller ones; a payment alone too large is skipped and told', async (t) => {
  const list = createList(entriesAt(0, 1, 2, 3, 4, 5, 6, 7))
  const read = async (query: PageQuery) => {
    const page = await list.read(query)
    return page instanceof Error || !page.entries.some(({ id }) => id === 'order_3') ? page : new Error('too large')
  }
  const found: string[] = []
  const reading = (async () => {
    const period = { from: new Date(START), to: new Date(START + DAY_MS), size: 4 }
    for await (const { id } of iterateList(read, period)) found.push(id)
  })()
  await t.rejects(reading, { message: 'too large' })
  t.strictSame(found, named(8).filter((id) => id !== 'order_3'))
})

test('whatever the times, the size and the entries that cannot be read, each other entry comes once', async (t) => {
  const times = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 30 })
  const sizes = fc.integer({ min: 1, max: 6 })
  await t.resolves(fc.assert(fc.asyncProperty(times, sizes, fc.nat({ max: 40 }), async (all, size, bad) => {
    const sorted = all.sort((a, b) => a - b)
    const list = createList(entriesAt(...sorted))
    const read = async (query: PageQuery) => {
      const page = await list.read(query)
      return page instanceof Error || !page.entries.some(({ id }) => id === `order_${bad}`) ? page : new Error('bad')
    }
    const found: string[] = []
    try {
      const period = { from: new Date(START), to: new Date(START + DAY_MS), size }
      for await (const { id } of iterateList(read, period)) found.push(id)
    } catch (error) {
      if (!(error instanceof Error && error.message === 'bad' && bad < sorted.length)) throw error
    }
    const expected = named(sorted.length).filter((id) => id !== `order_${bad}`)
    if (JSON.stringify(found.sort()) !== JSON.stringify(expected.sort())) throw new Error(`found ${found}`)
  }), { numRuns: 300 }))
})

const bodyOf = (upstream: PortoneUpstream) =>
  upstream.requests('list').map(({ query }) => JSON.parse(query.get('requestBody') ?? ''))

test('listPayments filters by what it is given, and names PAY_PENDING as the filter does', async (t) => {
  const { client, upstream } = await openPortone(t)
  const from = new Date(Date.now() - DAY_MS)
  const found = []
  for await (const one of client.listPayments({ from, status: ['PAID', 'PAY_PENDING'], size: 7 })) found.push(one.id)
  t.strictSame(found, ['order_1'])
  const created = { from, status: 'PAY_PENDING', timestampType: 'CREATED_AT' } as const
  for await (const one of client.listPayments(created)) t.fail(one.id)
  for await (const one of client.listPayments({ from })) t.equal(one.id, 'order_1')
  t.match(bodyOf(upstream), [
    {
      page: { number: 0, size: 7 },
      filter: {
        storeId: 'store-1',
        version: 'V2',
        status: ['PAID', 'PENDING'],
        timestampType: 'STATUS_CHANGED_AT',
        from: from.toISOString(),
        until: String,
        sortBy: 'STATUS_CHANGED_AT',
        sortOrder: 'ASC',
      },
    },
    { filter: { status: ['PENDING'], timestampType: 'CREATED_AT', sortBy: 'REQUESTED_AT' } },
    { page: { number: 0, size: 100 } },
  ])
  t.notOk('status' in bodyOf(upstream)[2].filter)
})

test('arguments of a list that mean something else than they say are refused', async (t) => {
  const { client, upstream } = await openPortone(t)
  const from = new Date()
  const wrong: object[] = [
    { from: '2026-07-01' }, { from: 1 }, { from: new Date(NaN) }, { from, to: new Date(0) }, { from, size: 0 },
    { from, size: 60_001 }, { from, size: 1.5 }, { from, status: [] }, { from, status: '' }, { from, status: [7] },
    { from, timestampType: 'PAID_AT' }, {},
  ]
  for (const options of wrong) {
    t.throws(() => client.listPayments(Object.assign({ from }, { from: undefined }, options)), {
      code: 'FST_ERR_VALIDATION',
    }, JSON.stringify(options))
  }
  t.equal(upstream.seen.length, 0)
})

test('listPayments ends at an entry that is no payment of the store', async (t) => {
  const { client, upstream } = await openPortone(t)
  upstream.on('list', (response) => json(response, { items: [paid(), paid({ id: 'order_2', storeId: 'x' })] }))
  const found: string[] = []
  const reading = (async () => {
    for await (const { id } of client.listPayments({ from: new Date(Date.now() - DAY_MS) })) found.push(id)
  })()
  await t.rejects(reading, { code: 'IAMPORT_BAD_GATEWAY', message: /order_2/ })
  t.strictSame(found, ['order_1'])
})

test('a list ends at once when it is aborted, and asks for no further page', async (t) => {
  const { internals, upstream } = await openPortone(t)
  upstream.hold('list')
  const abort = new AbortController()
  const reading = internals.list({ from: new Date(Date.now() - DAY_MS) }, abort.signal).next()
  abort.abort()
  await t.rejects(reading, { code: 'IAMPORT_UNAVAILABLE' })
  await t.rejects(internals.list({ from: new Date() }, abort.signal).next(), { code: 'IAMPORT_UNAVAILABLE' })
})
