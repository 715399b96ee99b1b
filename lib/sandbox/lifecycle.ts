import { issueAccount, noteMethod, takeMoney, type Choice } from './approval.js'
import { cancelPayment, endAccount, type CancelRequest } from './cancellation.js'
import { secondsOf, type Clock } from './clock.js'
import type { AskConfirmation } from './webhooks/confirm.js'
import { RefusedError } from './errors.js'
import type { Faults } from './faults/faults.js'
import { checkRequest, isPaid, PAID_ALREADY } from './order.js'
import { openPayment } from './open-payment.js'
import type { Cancellation, Circumstances, PaymentRequest } from './payment.js'
import { createPending } from './pending.js'
import type { Schedule } from './schedule.js'
import type { Entry, Store } from './store.js'
import type { Webhooks } from './webhooks/webhooks.js'

export interface LifecycleParts {
  store: Store
  clock: Clock
  schedule: Schedule
  faults: Faults
  webhooks: Webhooks
  askConfirmation: AskConfirmation
  /** Payments are made in a test channel unless they say otherwise. */
  testChannel: boolean
  /** The sandbox's own address, for receipts. */
  ownUrl: () => string
}

/** What can happen to a payment. Everything is written into its history; webhooks go out as the provider sends them. */
export interface Lifecycle {
  /** Opens a payment: `ready`. @throws SANDBOX_REFUSED the order is paid already, or another amount was registered */
  open(
    request: PaymentRequest,
    circumstances: { channel: Circumstances['channel'], sandbox?: boolean, userAgent?: string }
  ): Entry
  /**
   * The buyer agrees: paid, or an account issued, or failed where the merchant's confirm_url refused. Happens once,
   * however often it is called.
   */
  approve (entry: Entry, choice?: Choice): Promise<void>
  /** Without a webhook: the provider sends none for a failure. */
  fail (entry: Entry, reason: string): void
  /** Somebody pays into the virtual account. @throws SANDBOX_REFUSED */
  deposit (entry: Entry): void
  /** Approves what is pending. @throws SANDBOX_REFUSED nothing is */
  approvePending (entry: Entry): void
  /** @throws SANDBOX_REFUSED */
  cancel (entry: Entry, request: CancelRequest, by: { actor: 'api' | 'console', webhook: boolean }): Cancellation
  /** The merchant gives up a virtual account that waits for its deposit. Without a webhook. @throws SANDBOX_REFUSED */
  revoke (entry: Entry): void
  /**
   * The time for the deposit is over, even before its date. Without a webhook: none is documented for it.
   * @throws SANDBOX_REFUSED
   */
  expire (entry: Entry): void
  /** Gives up all pending approvals. */
  clear (): void
}

export function createLifecycle (parts: LifecycleParts): Lifecycle {
  const { store, clock, schedule, faults, webhooks, askConfirmation, testChannel, ownUrl } = parts
  const now = () => secondsOf(clock())
  const approving = new WeakMap<Entry, Promise<void>>()
  const pending = createPending(schedule)
  const isDecided = (entry: Entry) =>
    entry.payment.status !== 'ready' || entry.payment.vbank_num !== null || pending.has(entry)
  const sumOf = ({ payment }: Entry, amount = payment.amount) => `${amount} ${payment.currency}`

  function pay (entry: Entry, event: 'paid' | 'deposited') {
    takeMoney(entry, now(), `${ownUrl()}/receipt/${entry.payment.imp_uid}`)
    store.record(entry, event, sumOf(entry))
    webhooks.announce(entry)
  }

  function approvePending (entry: Entry): void {
    if (!pending.take(entry)) throw new RefusedError('승인 대기 중인 결제가 아닙니다.')
    pay(entry, 'paid')
  }

  function approveLater (entry: Entry, ms: number | undefined, status: 'ready' | 'failed' = 'ready') {
    const failure = status === 'failed' ? { status, failed_at: now(), fail_reason: 'PG사 심사 중' } : {}
    Object.assign(entry.payment, failure)
    pending.add(entry, ms, () => approvePending(entry))
    store.record(entry, 'approval_pending', ms === undefined ? status : `${status} · ${ms} ms`)
  }

  function fail (entry: Entry, reason: string) {
    if (isDecided(entry)) return
    Object.assign(entry.payment, { status: 'failed', failed_at: now(), fail_reason: reason })
    store.record(entry, 'failed', reason)
  }

  async function decide (entry: Entry, choice: Choice): Promise<void> {
    const reason = await askConfirmation(entry)
    if (reason !== undefined) return fail(entry, reason)
    // Two windows of one order may have been open; while the merchant was asked, the buyer may have closed this one.
    if (isPaid(store, entry.payment.merchant_uid)) return fail(entry, PAID_ALREADY)
    if (isDecided(entry)) return
    noteMethod(entry, choice)
    if (entry.payment.pay_method === 'vbank') {
      issueAccount(entry, choice, now())
      store.record(entry, 'vbank_issued', `${entry.payment.vbank_name} ${entry.payment.vbank_num}`)
      return webhooks.announce(entry)
    }
    const late = faults.strike('late_approval')
    if (late) approveLater(entry, late.ms, late.status)
    else pay(entry, 'paid')
  }

  return {
    open (request, { channel, sandbox, userAgent }) {
      checkRequest(store, request)
      const isTest = sandbox ?? (testChannel || faults.strike('test_channel') !== undefined)
      const payment = openPayment(store.nextId(), request, { channel, sandbox: isTest, userAgent, now: now() })
      const entry = store.add(payment, request)
      store.record(entry, 'opened', `${payment.name} · ${sumOf(entry)}`, { note: isTest ? 'test_channel' : undefined })
      return entry
    },
    approve (entry, choice = {}) {
      const underWay = approving.get(entry)
      if (underWay || isDecided(entry)) return underWay ?? Promise.resolve()
      const approval = decide(entry, choice)
      approving.set(entry, approval)
      return approval
    },
    fail,
    deposit (entry) {
      if (entry.payment.vbank_num === null || entry.payment.status !== 'ready') {
        throw new RefusedError('입금대기 상태의 가상계좌가 아닙니다.')
      }
      if (now() > entry.payment.vbank_date) throw new RefusedError('가상계좌의 입금기한이 지났습니다.')
      pay(entry, 'deposited')
    },
    approvePending,
    cancel (entry, request, { actor, webhook }) {
      const cancellation = cancelPayment(entry.payment, request, now())
      const text = `${sumOf(entry, cancellation.amount)} · ${cancellation.reason}`
      store.record(entry, 'cancelled', text, { note: actor === 'api' ? 'by_api' : 'by_console' })
      if (webhook) webhooks.announce(entry, cancellation.cancellation_id)
      return cancellation
    },
    revoke (entry) {
      endAccount(entry.payment, '가상계좌 말소', now())
      store.record(entry, 'revoked')
    },
    expire (entry) {
      endAccount(entry.payment, '입금기한 만료', now())
      entry.payment.vbank_date = Math.min(entry.payment.vbank_date, now())
      store.record(entry, 'expired')
    },
    clear: () => pending.clear(),
  }
}
