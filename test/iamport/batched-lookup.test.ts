import { test } from 'tap'
import { monotonic } from '../../lib/concurrency/deadline.js'
import { createBatchedLookup } from '../../lib/iamport/batched-lookup.js'
import { BadGatewayError, PaymentNotFoundError, TimeoutError, UnavailableError } from '../../lib/errors.js'
import { lookUpTogether, openClient } from '../support/client.js'
import { isLookup, ok, payment, refuse } from '../support/upstream.js'

const named = (...ids: string[]) => ids.map((imp_uid) => payment({ imp_uid, merchant_uid: `of_${imp_uid}` }))
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `imp_${index}`)
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Lookups without a provider: every payment is there alone, and a batch is answered by `together`. */
function scripted (together: (ids: string[]) => Promise<string[]>) {
  const it = {
    now: 0, token: 'token', isBusy: false, alone: [] as string[], together: [] as string[][], paths: [] as string[],
  }
  const lookUpBefore = createBatchedLookup({
    timeoutMs: 1000,
    currentToken: () => it.token,
    authorized: (_, attempt, { token = it.token } = {}) => attempt(token),
    async alone (impUid) {
      it.alone.push(impUid)
      return payment({ imp_uid: impUid })
    },
    async together (path) {
      const ids = new URL(path, 'http://upstream').searchParams.getAll('imp_uid[]')
      it.together.push(ids)
      it.paths.push(path)
      return (await together(ids)).map((impUid) => ({ impUid, payment: payment({ imp_uid: impUid }) }))
    },
  }, () => it.now, () => it.isBusy)
  async function lookUp (impUid: string, token = 'token') {
    it.token = token
    return (await lookUpBefore(impUid, monotonic() + 5000)).payment
  }
  return { it, lookUp, lookUpBefore }
}

test('a lookup that is alone goes alone, and asks for test payments too', async (t) => {
  const { client, upstream } = await openClient(t, {}, [payment({ sandbox: true })])
  const [looked] = await Promise.all(lookUpTogether(client, ['imp_1']))
  t.match(looked, { imp_uid: 'imp_1', sandbox: true })
  t.strictSame(upstream.batches(), [])
  t.equal(upstream.seen.at(-1)?.query.get('include_sandbox'), 'true')
})

test('lookups of one turn go together, and each gets its own payment', async (t) => {
  const ids = numbered(7)
  const { client, upstream } = await openClient(t, {}, named(...ids))
  const looked = await Promise.all(lookUpTogether(client, ids))
  t.match(looked, named(...ids))
  t.strictSame(upstream.batches(), [ids])
  t.equal(upstream.seen.filter(isLookup).length, 0)
  t.strictSame(upstream.seen.at(-1)?.query.getAll('include_sandbox'), ['true'], 'once, for all of them')
})

test('the next turn\'s lookup waits for no answer', async (t) => {
  const { client, upstream } = await openClient(t, {}, named('imp_1', 'imp_2', 'imp_3'))
  const gate = upstream.hold('GET', /^\/payments$/)
  const held = Promise.all(lookUpTogether(client, ['imp_1', 'imp_2']))
  await gate.arrived
  const [alone] = await Promise.all(lookUpTogether(client, ['imp_3']))
  t.match(alone, { imp_uid: 'imp_3' })
  gate.open()
  t.match(await held, [{ imp_uid: 'imp_1' }, { imp_uid: 'imp_2' }])
})

for (const [count, batches, alone] of [[99, [99], 0], [100, [100], 0], [101, [100], 1], [102, [100, 2], 0]] as const) {
  test(`${count} lookups go in batches of ${batches.join(' and ')}, and ${alone} alone`, async (t) => {
    const ids = numbered(count)
    const { client, upstream } = await openClient(t, {}, named(...ids))
    const looked = await Promise.all(lookUpTogether(client, ids))
    t.strictSame(looked.map(({ imp_uid: id }) => id), ids)
    t.strictSame(upstream.batches().map(({ length }) => length), batches)
    t.equal(upstream.seen.filter(isLookup).length, alone)
  })
}

/** How many of so many lookups, which go together, are answered in each turn in which any is. */
async function answeredPerTurn (lookUp: (impUid: string) => Promise<unknown>, count: number): Promise<number[]> {
  const turns = new Map<number, number>()
  let now = 0
  const isOver = Promise.all(numbered(count).map(async (id) => {
    await lookUp(id)
    turns.set(now, (turns.get(now) ?? 0) + 1)
  }))
  for (; now < count; now++) await turn()
  await isOver
  return [...turns.values()]
}

test('of a batch, two are answered in a turn; of many that wait, thirty', async (t) => {
  const { lookUp } = scripted(async (ids) => ids)
  t.strictSame(await answeredPerTurn(lookUp, 5), [2, 2, 1])
  t.strictSame(await answeredPerTurn(lookUp, 45), [30, 2, 2, 2, 2, 2, 2, 2, 1])
})

test('answers that wait to be handed out say when they arrived', async (t) => {
  const { lookUpBefore } = scripted(async (ids) => ids)
  const begun = monotonic()
  let firstHandedOutAt = Infinity
  const found = await Promise.all(numbered(45).map(async (impUid) => {
    const { answeredAt } = await lookUpBefore(impUid, begun + 5000)
    firstHandedOutAt = Math.min(firstHandedOutAt, monotonic())
    const end = monotonic() + 2
    while (monotonic() < end);
    return answeredAt
  }))
  t.equal(new Set(found).size, 1, 'all at once')
  t.ok(found.every((at) => at >= begun && at <= firstHandedOutAt))
})

test('thirty in a process that is busy', async (t) => {
  const { it, lookUp } = scripted(async (ids) => ids)
  it.isBusy = true
  t.strictSame(await answeredPerTurn(lookUp, 29), [29])
  it.isBusy = false
  t.strictSame(await answeredPerTurn(lookUp, 3), [2, 1])
})

test('long ids go in requests whose paths have at most 4000 characters', async (t) => {
  // The path of 50 ids of 64 characters has 3980; one more id adds its length and 15.
  const long = Array.from({ length: 50 }, (_, index) => String(index).padStart(64, 'x'))
  for (const [length, batches] of [[4, [51]], [5, [51]], [6, [50, 2]]] as const) {
    const { it, lookUp } = scripted(async (ids) => ids)
    const ids = [...long, 'y'.repeat(length), ...batches.length > 1 ? ['z'] : []]
    const looked = await Promise.all(ids.map((id) => lookUp(id)))
    t.strictSame(looked.map(({ imp_uid: id }) => id), ids)
    t.strictSame(it.together.map((batch) => batch.length), batches, `one of ${length}`)
    t.ok(it.paths.every((path) => path.length <= 4000), String(it.paths.map((path) => path.length)))
  }
})

test('an id that is looked up twice in a turn is asked for once in the batch, and answered twice', async (t) => {
  const { client, upstream } = await openClient(t, {}, named('imp_1', 'imp_2'))
  const looked = await Promise.all(lookUpTogether(client, ['imp_1', 'imp_2', 'imp_1']))
  t.strictSame(looked.map(({ imp_uid: id }) => id), ['imp_1', 'imp_2', 'imp_1'])
  t.strictSame(upstream.batches(), [['imp_1', 'imp_2']])
})

test('an id that is looked up twice in a turn without others is no batch', async (t) => {
  const { client, upstream } = await openClient(t)
  t.match(await Promise.all(lookUpTogether(client, ['imp_1', 'imp_1'])), [{ imp_uid: 'imp_1' }, { imp_uid: 'imp_1' }])
  t.strictSame(upstream.batches(), [])
})

test('a lookup is never answered by a batch that was sent before it', async (t) => {
  const { client, upstream } = await openClient(t, {}, named('imp_1', 'imp_2'))
  const gate = upstream.hold('GET', /^\/payments$/)
  const before = Promise.all(lookUpTogether(client, ['imp_1', 'imp_2']))
  await gate.arrived
  upstream.payments.set('imp_1', payment({ status: 'cancelled' }))
  const after = Promise.all(lookUpTogether(client, ['imp_1', 'imp_2']))
  gate.open()
  t.match(await before, [{ status: 'paid' }, { status: 'paid' }])
  t.match(await after, [{ status: 'cancelled' }, { status: 'paid' }])
})

test('nor by a lookup that was sent alone before it', async (t) => {
  const { client, upstream } = await openClient(t, {}, named('imp_1', 'imp_2'))
  const gate = upstream.hold('GET', /imp_1$/)
  const [before] = lookUpTogether(client, ['imp_1'])
  await gate.arrived
  upstream.payments.set('imp_1', payment({ status: 'cancelled' }))
  const after = Promise.all(lookUpTogether(client, ['imp_1', 'imp_2']))
  t.match(await after, [{ status: 'cancelled' }, { status: 'paid' }])
  gate.open()
  t.match(await before, { status: 'paid' })
})

test('lookups that wait for the token are sent after they began, together', async (t) => {
  const { client, upstream } = await openClient(t, {}, named('imp_1', 'imp_2'))
  const gate = upstream.hold('POST', /getToken$/)
  const [first] = lookUpTogether(client, ['imp_1'])
  await gate.arrived
  const [second] = lookUpTogether(client, ['imp_2'])
  await turn()
  upstream.payments.set('imp_2', payment({ imp_uid: 'imp_2', status: 'cancelled' }))
  gate.open()
  t.match(await Promise.all([first, second]), [{ status: 'paid' }, { status: 'cancelled' }])
  t.strictSame(upstream.batches(), [['imp_1', 'imp_2']])
})

test('lookups with different tokens do not go together', async (t) => {
  const { it, lookUp } = scripted(async (ids) => ids)
  await Promise.all([lookUp('imp_1', 'old'), lookUp('imp_2', 'new'), lookUp('imp_3', 'new')])
  t.strictSame([it.alone, it.together], [['imp_1'], [['imp_2', 'imp_3']]])
})

test('getPayment goes alone, as its caller may change what it gets', async (t) => {
  const { client, upstream } = await openClient(t, {}, named('imp_1', 'imp_2'))
  const [looked] = await Promise.all([client.getPayment('imp_1'), ...lookUpTogether(client, ['imp_1', 'imp_2'])])
  t.match(looked, { imp_uid: 'imp_1' })
  t.strictSame(upstream.batches(), [['imp_1', 'imp_2']])
  t.equal(upstream.seen.filter(isLookup).length, 1)
})

test('a batch goes by the path of the base URL, with the sub-merchant code and the bare token', async (t) => {
  const { client, upstream } = await openClient(t, { tier: '001' }, undefined, '/v1')
  upstream.script = (seen, response) => seen.path === '/v1/payments'
    ? ok(response, named('imp_1', 'imp_2'))
    : ok(response, { access_token: 'token' })
  t.match(await Promise.all(lookUpTogether(client, ['imp_1', 'imp_2'])), [{ imp_uid: 'imp_1' }, { imp_uid: 'imp_2' }])
  t.match(upstream.seen.at(-1), { path: '/v1/payments', headers: { tier: '001', authorization: 'token' } })
})

/** What answers a batch where there is no such endpoint, or where it is of no use. */
const USELESS: Record<string, (ids: string[]) => Promise<string[]>> = {
  'is not there (404)': () => Promise.reject(new PaymentNotFoundError()),
  'gives an unusable answer': () => Promise.reject(new BadGatewayError('HTTP 405')),
  'shows none of its payments': async () => [],
  'shows other payments': async () => ['imp_3', 'imp_4'],
  'is too slow': () => Promise.reject(new TimeoutError()),
}

for (const [what, answer] of Object.entries(USELESS)) {
  test(`a batch that ${what}, while its payments are there, is not tried again for a minute`, async (t) => {
    const { it, lookUp } = scripted(answer)
    const lookUpTwo = () => Promise.all([lookUp('imp_1'), lookUp('imp_2')])
    for (const [now, batches] of [[0, 1], [0, 1], [59_999, 1], [60_000, 2], [119_999, 2], [120_000, 3]] as const) {
      it.now = now
      t.match(await lookUpTwo(), [{ imp_uid: 'imp_1' }, { imp_uid: 'imp_2' }])
      t.equal(it.together.length, batches, `after ${now} ms`)
    }
  })
}

test('a batch that timed out while the process was busy is tried again', async (t) => {
  let left = 1
  const { it, lookUp } = scripted(async (ids) => {
    if (left-- === 0) return ids
    throw new TimeoutError()
  })
  it.isBusy = true
  for (let i = 1; i < 3; i++) {
    await Promise.all([lookUp('imp_1'), lookUp('imp_2')])
    t.equal(it.together.length, i)
  }
})

test('a batch that shows one of its payments is tried again', async (t) => {
  const { it, lookUp } = scripted(async () => ['imp_1'])
  for (let i = 1; i < 4; i++) {
    await Promise.all([lookUp('imp_1'), lookUp('imp_2')])
    t.equal(it.together.length, i)
  }
})

test('made-up payments, of which no batch shows any, do not keep others from going together', async (t) => {
  const { client, upstream } = await openClient(t, {}, named('imp_1', 'imp_2'))
  for (const result of await Promise.allSettled(lookUpTogether(client, ['imp_8', 'imp_9']))) {
    t.match(result, { reason: { code: 'IAMPORT_PAYMENT_NOT_FOUND' } })
  }
  await Promise.all(lookUpTogether(client, ['imp_1', 'imp_2']))
  t.strictSame(upstream.batches(), [['imp_8', 'imp_9'], ['imp_1', 'imp_2']])
})

test('a flood of made-up payments takes half of our connections at most', async (t) => {
  const { client, upstream } = await openClient(t, {}, named('imp_1', 'imp_2'))
  const answers: (() => void)[] = []
  upstream.script = (seen, response) => {
    if (!isLookup(seen)) return undefined
    answers.push(() => { refuse(response, 404) })
    return true
  }
  const madeUp = Promise.allSettled(lookUpTogether(client, numbered(300).map((id) => `${id}_made_up`)))
  while (answers.length < 32) await turn()
  await Promise.all(lookUpTogether(client, ['imp_1', 'imp_2']))
  t.equal(answers.length, 32, 'the others wait')
  const answering = setInterval(() => { for (const answer of answers.splice(0)) answer() }, 1)
  for (const result of await madeUp) t.match(result, { reason: { code: 'IAMPORT_PAYMENT_NOT_FOUND' } })
  clearInterval(answering)
})

test('a made-up payment that waits behind others ends with its time', async (t) => {
  const { client, upstream } = await openClient(t, {}, [])
  upstream.script = (seen) => isLookup(seen)
  for (const result of await Promise.allSettled(lookUpTogether(client, numbered(100), 300))) {
    t.match(result, { reason: { code: 'IAMPORT_TIMEOUT' } })
  }
})

test('an overloaded provider is spared: after 503 the next lookups go together again', async (t) => {
  let left = 1
  const { it, lookUp } = scripted(async (ids) => {
    if (left-- > 0) throw new UnavailableError('HTTP 503')
    return ids
  })
  for (let i = 1; i < 3; i++) {
    await Promise.all([lookUp('imp_1'), lookUp('imp_2')])
    t.equal(it.together.length, i)
  }
})
