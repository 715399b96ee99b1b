import { randomUUID } from 'node:crypto'
import type { Choice } from '../approval.js'
import type { Clock } from '../clock.js'
import { RefusedError } from '../errors.js'
import type { Faults } from '../faults/faults.js'
import { createPending } from '../pending.js'
import type { Schedule } from '../schedule.js'
import { noteMethod } from './approval.js'
import { hasBeenPaid, type V2Entry } from './entry.js'
import type { Failure } from './payment.js'
import { checkV2Request, dueAtOf, openV2Payment, type V2Circumstances, type V2PaymentRequest } from './request.js'
import type { V2Store } from './store.js'
import { toMajor } from '../../money.js'
import type { V2Webhooks } from './webhooks.js'

export interface V2LifecycleParts {
  store: V2Store
  clock: Clock
  schedule: Schedule
  faults: Faults
  webhooks: V2Webhooks
  askConfirmation: (entry: V2Entry) => Promise<string | undefined>
  storeId: string
  /** Payments are made in a test channel unless they say otherwise. */
  testChannel: boolean
  /** The sandbox's own address, for receipts. */
  ownUrl: () => string
}

type Opening = Pick<V2Circumstances, 'platform' | 'userAgent' | 'billingKey' | 'scheduleId'> & { isTest?: boolean }

/** Until it is confirmed, an approval has this token, and nothing is charged. */
export interface Authenticated { token: string, at: number }

/** What can happen to an attempt; webhooks go out as the provider sends them. */
export interface V2Lifecycle {
  /** Opens an attempt: `READY`. @throws PageRefusal */
  open (request: V2PaymentRequest, circumstances: Opening): V2Entry
  /**
   * The buyer agrees: paid, or an account issued, or only authenticated in a channel with manual approval, or failed
   * where the merchant's confirmUrl refused. Happens once, however often it is called.
   */
  approve (entry: V2Entry, choice?: Choice): Promise<void>
  /** What the page got for a manual approval, while it waits for it. */
  authenticated (entry: V2Entry): Authenticated | undefined
  /** Ends the wait for a manual approval: pays, or issues the account. */
  conclude (entry: V2Entry, options?: { skipWebhook?: boolean, choice?: Choice }): void
  fail (entry: V2Entry, failure: Failure): void
  /** Somebody pays into the virtual account. @throws SANDBOX_REFUSED */
  deposit (entry: V2Entry): void
  /** Approves what is pending. @throws SANDBOX_REFUSED nothing is */
  approvePending (entry: V2Entry): void
  /** Gives up all pending approvals. */
  clear (): void
}

export const amountText = ({ payment }: V2Entry, amount = payment.total) =>
  `${toMajor(amount, payment.currency)} ${payment.currency}`

const ALREADY_PAID: Failure = { reason: '이미 결제가 완료된 paymentId입니다.', pgCode: 'PAY_ALREADY' }

export function createV2Lifecycle (parts: V2LifecycleParts): V2Lifecycle {
  const { store, clock, schedule, webhooks, askConfirmation, storeId, testChannel, ownUrl } = parts
  const faults = parts.faults.of('v2')
  const approving = new WeakMap<V2Entry, Promise<void>>()
  const authenticated = new WeakMap<V2Entry, Authenticated & { choice: Choice }>()
  const pending = createPending<V2Entry>(schedule)
  const isDecided = (entry: V2Entry) =>
    entry.payment.status !== 'READY' || pending.has(entry) || authenticated.has(entry)
  const isPaidElsewhere = ({ payment }: V2Entry) => store.attempts(payment.paymentId).some(hasBeenPaid)

  function change (entry: V2Entry, changes: Partial<V2Entry['payment']>) {
    Object.assign(entry.payment, { statusChangedAt: clock(), ...changes })
  }

  function pay (entry: V2Entry, event: 'paid' | 'deposited', skipWebhook = false) {
    const now = clock()
    const receiptUrl = `${ownUrl()}/portone/receipt/${entry.payment.transactionId}`
    change(entry, { status: 'PAID', paidAt: now, receiptUrl, failedAt: undefined, failure: undefined })
    store.record(entry, event, amountText(entry))
    const trigger = event === 'deposited' ? 'VIRTUAL_ACCOUNT_DEPOSIT' : undefined
    if (!skipWebhook) webhooks.announce(entry, 'Paid', { trigger })
  }

  function approvePending (entry: V2Entry) {
    if (!pending.take(entry)) throw new RefusedError('승인 대기 중인 결제가 아닙니다.')
    pay(entry, 'paid')
  }

  function approveLater (entry: V2Entry, ms: number | undefined, status: 'ready' | 'failed' = 'ready') {
    if (status === 'ready') change(entry, { status: 'PAY_PENDING' })
    else change(entry, { status: 'FAILED', failedAt: clock(), failure: { reason: 'PG사 심사 중', pgCode: 'PENDING' } })
    pending.add(entry, ms, () => approvePending(entry))
    const text = entry.payment.status
    store.record(entry, 'approval_pending', ms === undefined ? text : `${text} · ${ms} ms`)
    webhooks.announce(entry, status === 'ready' ? 'PayPending' : 'Failed')
  }

  function fail (entry: V2Entry, failure: Failure) {
    if (entry.payment.status !== 'READY' || pending.has(entry)) return
    authenticated.delete(entry)
    change(entry, { status: 'FAILED', failedAt: clock(), failure })
    store.record(entry, 'failed', failure.reason)
    webhooks.announce(entry, 'Failed')
  }

  function conclude (entry: V2Entry, { skipWebhook = false, choice }: { skipWebhook?: boolean, choice?: Choice } = {}) {
    noteMethod(entry, choice ?? authenticated.get(entry)?.choice ?? {}, clock())
    authenticated.delete(entry)
    const { method } = entry.payment
    if (method?.type === 'PaymentMethodVirtualAccount') {
      change(entry, { status: 'VIRTUAL_ACCOUNT_ISSUED' })
      store.record(entry, 'vbank_issued', `${method.bank} ${method.accountNumber}`)
      if (!skipWebhook) webhooks.announce(entry, 'VirtualAccountIssued')
      return
    }
    const late = faults.strike('late_approval')
    if (late) approveLater(entry, late.ms, late.status)
    else pay(entry, 'paid', skipWebhook)
  }

  async function decide (entry: V2Entry, choice: Choice): Promise<void> {
    const reason = await askConfirmation(entry)
    if (reason !== undefined) return fail(entry, { reason })
    // Two windows of one id may have been open; while the merchant was asked, the buyer may have closed this one.
    if (isPaidElsewhere(entry)) return fail(entry, ALREADY_PAID)
    if (isDecided(entry)) return
    if (entry.payment.channel.isManual !== true) return conclude(entry, { choice })
    authenticated.set(entry, { token: randomUUID(), at: clock(), choice })
    store.record(entry, 'authenticated')
  }

  return {
    open (request, { isTest, ...rest }) {
      const chosen = checkV2Request(request, store, storeId)
      const test = isTest ?? (testChannel || faults.strike('test_channel') !== undefined)
      const now = clock()
      const payment = openV2Payment(request, chosen, { ...rest, isTest: test, transactionId: randomUUID(), now })
      const entry = store.add({
        payment,
        noticeUrls: request.noticeUrls ?? [],
        confirmUrl: request.confirmUrl,
        dueAt: dueAtOf(request, now),
      })
      const note = payment.channel.type === 'TEST' ? 'test_channel' : undefined
      store.record(entry, 'opened', `${payment.orderName} · ${amountText(entry)}`, { note })
      // Of a payment without a window there is nothing to announce yet.
      if (rest.platform !== 'API') webhooks.announce(entry, 'Ready')
      return entry
    },
    approve (entry, choice = {}) {
      const underWay = approving.get(entry)
      if (underWay || isDecided(entry)) return underWay ?? Promise.resolve()
      const approval = decide(entry, choice)
      approving.set(entry, approval)
      return approval
    },
    authenticated: (entry) => authenticated.get(entry),
    conclude,
    fail,
    deposit (entry) {
      if (entry.payment.status !== 'VIRTUAL_ACCOUNT_ISSUED') {
        throw new RefusedError('입금대기 상태의 가상계좌가 아닙니다.')
      }
      if (clock() > entry.dueAt) throw new RefusedError('가상계좌의 입금기한이 지났습니다.')
      if (isPaidElsewhere(entry)) throw new RefusedError('같은 paymentId의 다른 결제가 이미 완료되었습니다.')
      pay(entry, 'deposited')
    },
    approvePending,
    clear: () => pending.clear(),
  }
}
