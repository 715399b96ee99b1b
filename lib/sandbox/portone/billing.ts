import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.js'
import type { Schedule } from '../schedule.js'
import { hasBeenPaid, type V2Entry } from './entry.js'
import { ApiRefusal, PageRefusal, pgRefusal, type PageCode } from './errors.js'
import { MERCHANT_ID, timeOf } from './wire.js'
import type { V2Lifecycle } from './lifecycle.js'
import type { RefusalType } from './refusals.js'
import type { V2PaymentRequest } from './request.js'
import type { V2Store } from './store.js'

/** Billing keys are not issued here: every text that begins like one is good for a payment, but for these. */
const BILLING_KEY_PREFIX = 'billing-key-'
const DECLINED_BILLING_KEY = 'billing-key-declined'
const DELETED_BILLING_KEY = 'billing-key-deleted'

type ScheduleStatus = 'SCHEDULED' | 'STARTED' | 'SUCCEEDED' | 'FAILED' | 'REVOKED'

/** What an API call says of a payment with a billing key. */
export interface BillingRequest extends V2PaymentRequest { billingKey: string }

/** A payment that will be made. Times in milliseconds since 1970. */
export interface PaymentSchedule {
  id: string
  status: ScheduleStatus
  request: BillingRequest
  createdAt: number
  timeToPay: number
  startedAt?: number
  completedAt?: number
  revokedAt?: number
}

/** Payments by a billing key, at once or at a time. */
export interface Billing {
  /** @throws ApiRefusal */
  pay (request: BillingRequest, options?: { skipWebhook?: boolean, scheduleId?: string }): V2Entry
  /** @throws ApiRefusal */
  schedule (request: BillingRequest, timeToPay: number): PaymentSchedule
  schedules (): readonly PaymentSchedule[]
  /** @throws ApiRefusal */
  revoke (schedule: PaymentSchedule): void
  clear (): void
}

const REFUSED: Partial<Record<PageCode, RefusalType>> = {
  PaymentAlreadyPaid: 'ALREADY_PAID', ChannelNotFound: 'CHANNEL_NOT_FOUND',
}

/** @throws ApiRefusal */
function checkKey (billingKey: string): void {
  if (billingKey === DELETED_BILLING_KEY) throw new ApiRefusal('BILLING_KEY_ALREADY_DELETED', '빌링키가 이미 삭제되었습니다.')
  if (!billingKey.startsWith(BILLING_KEY_PREFIX)) {
    throw new ApiRefusal('BILLING_KEY_NOT_FOUND', '빌링키가 존재하지 않습니다.')
  }
}

interface BillingParts { store: V2Store, lifecycle: V2Lifecycle, schedule: Schedule, clock: Clock }

export function createBilling ({ store, lifecycle, schedule, clock }: BillingParts): Billing {
  const schedules = new Map<string, { own: PaymentSchedule, giveUp: () => void }>()
  const all = () => [...schedules.values()].map(({ own }) => own)
  const isScheduled = (paymentId: string) =>
    all().some(({ status, request }) => status === 'SCHEDULED' && request.paymentId === paymentId)

  function open (request: BillingRequest, scheduleId: string | undefined): V2Entry {
    const { billingKey } = request
    try {
      return lifecycle.open(request, { platform: 'API', billingKey, scheduleId })
    } catch (error) {
      if (!(error instanceof PageRefusal)) throw error
      throw new ApiRefusal(REFUSED[error.code] ?? 'INVALID_REQUEST', error.message)
    }
  }

  function pay (request: BillingRequest, { skipWebhook, scheduleId }: Parameters<Billing['pay']>[1] = {}): V2Entry {
    checkKey(request.billingKey)
    if (scheduleId === undefined && isScheduled(request.paymentId)) {
      throw new ApiRefusal('PAYMENT_SCHEDULE_ALREADY_EXISTS', '결제 예약건이 이미 존재합니다.')
    }
    const entry = open(request, scheduleId)
    if (request.billingKey === DECLINED_BILLING_KEY) {
      lifecycle.fail(entry, { reason: '한도초과', pgCode: 'F400', pgMessage: '한도초과' })
      throw pgRefusal('한도초과')
    }
    lifecycle.conclude(entry, { skipWebhook })
    return entry
  }

  function start (own: PaymentSchedule) {
    own.startedAt = clock()
    try {
      pay(own.request, { scheduleId: own.id })
      own.status = 'SUCCEEDED'
    } catch {
      own.status = 'FAILED'
    }
    own.completedAt = clock()
  }

  return {
    pay,
    schedule (request, timeToPay) {
      checkKey(request.billingKey)
      const isTaken = store.attempts(request.paymentId)
        .some((entry) => hasBeenPaid(entry) || entry.payment.status === 'VIRTUAL_ACCOUNT_ISSUED')
      if (isTaken) throw new ApiRefusal('ALREADY_PAID_OR_WAITING', '결제가 이미 완료되었거나 대기중입니다.')
      if (isScheduled(request.paymentId)) {
        throw new ApiRefusal('PAYMENT_SCHEDULE_ALREADY_EXISTS', '결제 예약건이 이미 존재합니다.')
      }
      const own: PaymentSchedule = { id: randomUUID(), status: 'SCHEDULED', request, createdAt: clock(), timeToPay }
      const giveUp = schedule.after(Math.max(0, timeToPay - clock()), () => start(own))
      schedules.set(own.id, { own, giveUp })
      return own
    },
    schedules: all,
    revoke (own) {
      if (own.status === 'REVOKED') throw new ApiRefusal('PAYMENT_SCHEDULE_ALREADY_REVOKED', '이미 취소된 결제 예약건입니다.')
      if (own.status !== 'SCHEDULED') {
        throw new ApiRefusal('PAYMENT_SCHEDULE_ALREADY_PROCESSED', '이미 처리된 결제 예약건입니다.')
      }
      schedules.get(own.id)?.giveUp()
      own.status = 'REVOKED'
      own.revokedAt = clock()
    },
    clear () {
      for (const { giveUp } of schedules.values()) giveUp()
      schedules.clear()
    },
  }
}

/** A schedule in the provider's form. */
export function scheduleOf ({ request, ...own }: PaymentSchedule, storeId: string) {
  const times = {
    createdAt: own.createdAt,
    timeToPay: own.timeToPay,
    startedAt: own.startedAt,
    completedAt: own.completedAt,
    revokedAt: own.revokedAt
  }
  const { customData } = request
  return {
    status: own.status,
    id: own.id,
    merchantId: MERCHANT_ID,
    storeId,
    paymentId: request.paymentId,
    billingKey: request.billingKey,
    orderName: request.orderName ?? '',
    isCulturalExpense: false,
    isEscrow: false,
    customer: {},
    customData: typeof customData === 'string' ? customData : '',
    totalAmount: request.totalAmount,
    currency: request.currency ?? 'KRW',
    ...Object.fromEntries(Object.entries(times).flatMap(([name, ms]) => ms === undefined ? [] : [[name, timeOf(ms)]])),
  }
}
