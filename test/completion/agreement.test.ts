import Fastify from 'fastify'
import fc from 'fast-check'
import { test } from 'tap'
import { memoryLedger, type Payment } from '../../lib/index.js'
import { createCompletion } from '../../lib/completion/completion.js'
import type { LookedUpPayment, UnsettledCancellation } from '../../lib/completion/looked-up-payment.js'
import type { PaymentProvider, RefundResult } from '../../lib/completion/provider.js'
import { UnavailableError } from '../../lib/errors.js'
import { lookedUp } from '../../lib/iamport/looked-up.js'
import { payment, secondsAgo } from '../support/upstream.js'

/*
 * A reconciliation, `manualRefunds` and a notification ask the same questions about a payment in three places. They
 * have to agree: what counts as handled is replayed, and what is left to a person is not refunded by us as well. And
 * whatever happens, a payment is delivered once, or refunded, never both.
 */

const ANSWERS = ['done', 'refused', 'pending', 'lost', 'unknown'] as const

const step = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ name: 'notify' as const }) },
  { weight: 1, arbitrary: fc.constant({ name: 'notify two servers' as const }) },
  fc.constantFrom(
    { name: 'pay' as const }, { name: 'fail' as const }, { name: 'age' as const }, { name: 'hook throws' as const },
    { name: 'another attempt' as const }),
  fc.record({ name: fc.constant('lag' as const), changes: fc.constantFrom(0, 0, 1, 2) }),
  fc.record({ name: fc.constant('cancel' as const), isFull: fc.boolean() }),
  fc.record({ name: fc.constant('price' as const), price: fc.constantFrom(14000, 100, null) }),
  fc.record({ name: fc.constant('provider' as const), answer: fc.constantFrom(...ANSWERS) }),
  fc.record({ name: fc.constant('settle' as const), succeeds: fc.boolean() })
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const scene = fc.record({
  /** Whether an id may have several attempts, and refunds are carried out later: PortOne V2. */
  hasAttempts: fc.boolean(),
  method: fc.constantFrom('card', 'vbank'),
  status: fc.constantFrom('ready', 'paid'),
  cancelOnMismatch: fc.boolean(),
  price: fc.constantFrom(14000, 100, null),
  steps: fc.array(step, { minLength: 2, maxLength: 12 }),
})
type Scene = typeof scene extends fc.Arbitrary<infer Value> ? Value : never

const log = Fastify().log

/** A payment, its order, and what the plugin does about it. */
function createWorld ({ hasAttempts, method, status, price: firstPrice, cancelOnMismatch }: Scene) {
  let current: Payment = payment({
    status,
    pay_method: method,
    paid_at: status === 'paid' ? secondsAgo(60) : 0,
    vbank_num: method === 'vbank' ? '1-2' : null,
  })
  let unsettled: UnsettledCancellation[] = []
  let price = firstPrice
  let answer: typeof ANSWERS[number] = 'done'
  let throwsNext = false
  /** How many changes the provider's answers are behind. */
  let lag = 0
  const shown: LookedUpPayment[] = []
  /** Of hooks but `getExpectedAmount`, and of requests. */
  const done: string[] = []

  const left = () => current.amount - current.cancel_amount
  const look = (): LookedUpPayment => ({
    ...lookedUp(current), unsettled: [...unsettled], ...(hasAttempts && { attemptsKey: 'order_1:attempts' }),
  })

  function cancel (amount: number, reason: string) {
    const history = [...current.cancel_history ?? [], { amount, reason, cancellation_id: `c_${current.cancel_amount}` }]
    const changes = { cancel_amount: current.cancel_amount + amount, cancel_reason: reason, cancel_history: history }
    current = { ...current, status: 'cancelled', ...(current.paid_at ? changes : {}) }
  }

  function request (name: string, carryOut: () => void, begin: () => void): RefundResult {
    done.push(`${name} ${current.imp_uid}`)
    if (answer === 'refused') return { status: 'refused', error: new Error('refused') }
    if (answer === 'unknown') throw new UnavailableError('away')
    if (answer === 'pending' && hasAttempts) {
      begin()
      shown.push(look())
      return { status: 'pending' }
    }
    carryOut()
    shown.push(look())
    if (answer === 'lost') throw new UnavailableError('the answer was lost')
    return { status: 'done' }
  }

  const provider: PaymentProvider = {
    name: 'Iamport',
    writeTimeoutMs: 100,
    lookUp: async () => shown.at(-1 - lag) ?? look(),
    refund: async (_, checksum, reason) => {
      if (checksum !== left()) return { status: 'refused', error: new Error('the balance is another') }
      return request('refund', () => cancel(left(), reason), () => {
        unsettled.push({ status: 'open', amount: left(), reason })
      })
    },
    closeAccount: async () => request('close', () => cancel(0, ''), () => cancel(0, '')),
    lists: () => [],
  }
  const hook = (name: string) => async ({ imp_uid: impUid }: Pick<Payment, 'imp_uid'>) => {
    if (throwsNext) {
      throwsNext = false
      throw new Error('away')
    }
    done.push(`${name} ${impUid}`)
  }
  const ledger = memoryLedger()
  const createServer = () => createCompletion({
    provider,
    ledger,
    hooks: {
      getExpectedAmount: () => price,
      onPaid: hook('onPaid'),
      onVbank: hook('onVbank'),
      onFail: ({ payment }) => hook('onFail')(payment),
      onCancel: hook('onCancel'),
    },
    acceptTestPayments: false,
    cancelOnMismatch,
    exposeData: false,
    locale: 'ko',
    timeoutMs: 100,
    budgetMs: 200, // less than the first wait between lookups
  })

  function change (one: Step) {
    switch (one.name) {
      case 'pay':
        if (current.status === 'ready') current = { ...current, status: 'paid', paid_at: secondsAgo(60) }
        break
      case 'fail':
        if (current.status === 'ready') current = { ...current, status: 'failed' }
        break
      case 'age':
        if (current.paid_at) current = { ...current, paid_at: secondsAgo(7200) }
        break
      case 'cancel':
        if (current.paid_at && left() > 50) cancel(one.isFull ? left() : 50, 'by the shop')
        else if (!current.paid_at) cancel(0, '')
        break
      case 'another attempt':
        if (!hasAttempts || current.status === 'paid') break
        current = { ...payment(), imp_uid: `${current.imp_uid}1`, status: 'ready', paid_at: 0 }
        unsettled = []
        break
      case 'price': price = one.price; break
      case 'provider': answer = one.answer; break
      case 'lag': lag = one.changes; break
      case 'hook throws': throwsNext = true; break
      case 'settle': {
        const open = unsettled.filter((cancellation) => cancellation.status === 'open')
        if (open.length === 0) break
        unsettled = one.succeeds ? [] : unsettled.map((cancellation) => ({ ...cancellation, status: 'failed' }))
        if (one.succeeds) for (const { reason } of open) if (left() > 0) cancel(left(), reason ?? '')
      }
    }
  }

  shown.push(look())
  return {
    servers: [createServer(), createServer()] as const,
    done,
    look,
    isLagging: () => lag > 0,
    change (one: Step) {
      change(one)
      shown.push(look())
    },
  }
}

/** How often each kind of a check was made. */
const checked = { handled: 0, manual: 0, decided: 0 }

async function run (chosen: Scene) {
  const { servers, done, look, isLagging, change } = createWorld(chosen)
  const [completion] = servers
  const notify = (server: typeof completion) =>
    server.complete({ id: 'imp_1', source: 'webhook', log }).catch(() => undefined)

  async function notifyAndCompare () {
    const isHandled = await completion.isHandled(look(), log)
    const manual = await completion.findUnrefunded(look(), log)
    const before = done.length
    const decided = await notify(completion)
    const since = done.slice(before)
    const say = (problem: string) =>
      `${problem}: ${JSON.stringify({ since, completion: decided?.completion, manual, looked: look() })}`
    if (isLagging()) return
    // A refused closing of an account counts as handled, and is tried again by notifications all the same.
    if (isHandled && !since[0]?.startsWith('close')) {
      checked.handled++
      if (since.length > 0 || decided?.completion.replayed !== true) throw new Error(say('handled, and not replayed'))
    }
    const isTriedAgain = manual?.why === 'refused' && look().paidAtSec > Date.now() / 1000 - 3600
    if (manual && !isTriedAgain) {
      checked.manual++
      if (since.some((one) => one.startsWith('refund'))) throw new Error(say('left to a person, and refunded by us'))
    }
    const status = decided?.completion.status
    if (status === 'paid' || status === 'cancelled' || status === 'vbank_issued') {
      checked.decided++
      if (!await completion.isHandled(look(), log)) throw new Error(say('decided, and never handled'))
    }
  }

  for (const one of chosen.steps) {
    if (one.name === 'notify') await notifyAndCompare()
    else if (one.name === 'notify two servers') await Promise.all(servers.map(notify))
    else change(one)
    for (const [index, what] of done.entries()) {
      const [name, impUid] = what.split(' ')
      const others = done.filter((_, at) => at !== index)
      const isTwice = others.includes(what) || others.includes(`refund ${impUid}`)
      if (name === 'onPaid' && isTwice) throw new Error(`delivered twice, or delivered and refunded: ${done}`)
    }
  }
}

test('a reconciliation, manualRefunds and notifications agree about a payment', async (t) => {
  await fc.assert(fc.asyncProperty(scene, run), { numRuns: 3000 })
  for (const [kind, count] of Object.entries(checked)) t.ok(count > 100, `${kind}: ${count}`)
})
