import { isSameAmount, isSameCurrency } from '../money.js'
import { issueAccount, noteMethod, takeMoney, type Choice } from './approval.js'
import { cancelPayment, endAccount, type CancelRequest } from './cancellation.js'
import { secondsOf, type Clock } from './clock.js'
import type { AskConfirmation } from './confirm.js'
import { RefusedError } from './errors.js'
import type { Faults } from './faults/faults.js'
import { openPayment, type Cancellation, type Circumstances, type PaymentRequest } from './payment.js'
import type { Entry, Store } from './store.js'
import type { Webhooks } from './webhooks.js'

export interface Parts {
  store: Store
  clock: Clock
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
  cancel (entry: Entry, request: CancelRequest, by: { actor: string, webhook: boolean }): Cancellation
  /** The merchant gives up a virtual account that waits for its deposit. Without a webhook. @throws SANDBOX_REFUSED */
  revoke (entry: Entry): void
  /**
   * The time for the deposit is over, even before its date. Without a webhook: none is documented for it.
   * @throws SANDBOX_REFUSED
   */
  expire (entry: Entry): void
  close (): void
}

/** Letters: the longest order number. Documented: 40. */
const MAX_MERCHANT_UID = 40
const PAID_ALREADY = '이미 결제가 이루어진 merchant_uid(주문번호)입니다.'

export function createLifecycle ({
  store,
  clock,
  faults,
  webhooks,
  askConfirmation,
  testChannel,
  ownUrl,
}: Parts): Lifecycle {
  const now = () => secondsOf(clock())
  const approving = new WeakMap<Entry, Promise<void>>()
  /** Payments whose approval is pending. */
  const pending = new Map<Entry, NodeJS.Timeout | undefined>()
  const isPaid = (merchantUid: string) => store.ofOrder(merchantUid).some(({ payment }) => payment.paid_at > 0)
  const isDecided = (entry: Entry) =>
    entry.payment.status !== 'ready' || entry.payment.vbank_num !== null || pending.has(entry)

  function check ({ merchant_uid, amount, currency = 'KRW', customer_uid }: PaymentRequest): void {
    if (typeof merchant_uid !== 'string' || merchant_uid === '' || merchant_uid.length > MAX_MERCHANT_UID) {
      throw new RefusedError(`merchant_uid는 1자 이상 ${MAX_MERCHANT_UID}자 이하여야 합니다.`)
    }
    const isBillingKey = amount === 0 && customer_uid !== undefined
    if (!isBillingKey && !(amount > 0 && isSameAmount(amount, amount, currency))) {
      throw new RefusedError('결제금액이 올바르지 않습니다.')
    }
    if (isPaid(merchant_uid)) throw new RefusedError(PAID_ALREADY)
    const prepared = store.prepared.get(merchant_uid)
    if (!prepared) return
    const isSame =
      isSameAmount(amount, prepared.amount, currency) &&
      (prepared.currency === null || isSameCurrency(currency, prepared.currency))
    if (!isSame) throw new RefusedError(`사전등록된 결제금액과 다릅니다. (사전등록 ${prepared.amount}, 요청 ${amount})`)
  }

  function approvePending (entry: Entry): void {
    if (!pending.has(entry)) throw new RefusedError('승인 대기 중인 결제가 아닙니다.')
    clearTimeout(pending.get(entry))
    pending.delete(entry)
    pay(entry, 'paid', '승인')
  }

  function pay (entry: Entry, event: string, text: string) {
    takeMoney(entry, now(), `${ownUrl()}/receipt/${entry.payment.imp_uid}`)
    store.record(entry, event, `${text} · ${entry.payment.amount} ${entry.payment.currency}`)
    webhooks.announce(entry)
  }

  function approveLater (entry: Entry, ms: number | undefined, status: 'ready' | 'failed' = 'ready') {
    const failure = status === 'failed' ? { status, failed_at: now(), fail_reason: 'PG사 심사 중' } : {}
    Object.assign(entry.payment, failure)
    const timer = ms === undefined ? undefined : setTimeout(() => approvePending(entry), ms).unref()
    pending.set(entry, timer)
    store.record(entry, 'approval_pending', `승인 대기 (${status}${ms === undefined ? '' : `, ${ms} ms`})`)
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
    if (isPaid(entry.payment.merchant_uid)) return fail(entry, PAID_ALREADY)
    if (isDecided(entry)) return
    noteMethod(entry, choice)
    if (entry.payment.pay_method === 'vbank') {
      issueAccount(entry, choice, now())
      store.record(entry, 'vbank_issued', `${entry.payment.vbank_name} ${entry.payment.vbank_num}`)
      return webhooks.announce(entry)
    }
    const late = faults.strike('late_approval')
    if (late) approveLater(entry, late.ms, late.status)
    else pay(entry, 'paid', '승인')
  }

  return {
    open (request, { channel, sandbox, userAgent }) {
      check(request)
      const isTest = sandbox ?? (testChannel || faults.strike('test_channel') !== undefined)
      const payment = openPayment(store.nextId(), request, { channel, sandbox: isTest, userAgent, now: now() })
      const entry = store.add(payment, request)
      store.record(
        entry,
        'opened',
        `${payment.name} · ${payment.amount} ${payment.currency}${isTest ? ' · 테스트 채널' : ''}`
      )
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
      pay(entry, 'deposited', '입금')
    },
    approvePending,
    cancel (entry, request, { actor, webhook }) {
      const cancellation = cancelPayment(entry.payment, request, now())
      store.record(
        entry,
        'cancelled',
        `${actor} · ${cancellation.amount} ${entry.payment.currency} · ${cancellation.reason}`
      )
      if (webhook) webhooks.announce(entry, cancellation.cancellation_id)
      return cancellation
    },
    revoke (entry) {
      endAccount(entry.payment, '가상계좌 말소', now())
      store.record(entry, 'revoked', '가상계좌 말소')
    },
    expire (entry) {
      endAccount(entry.payment, '입금기한 만료', now())
      entry.payment.vbank_date = Math.min(entry.payment.vbank_date, now())
      store.record(entry, 'expired', '입금기한 만료')
    },
    close () {
      for (const timer of pending.values()) clearTimeout(timer)
      pending.clear()
    },
  }
}
