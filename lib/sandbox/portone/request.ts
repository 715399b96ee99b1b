import { isCurrency } from '../../money.js'
import { dueAt, secondsOf } from '../clock.js'
import { chooseChannel, testChannelFor, type Chosen } from './channels.js'
import { hasBeenPaid } from './entry.js'
import { PageRefusal } from './errors.js'
import { PAY_METHODS, type Customer, type PayMethod, type V2Payment } from './payment.js'
import type { V2Store } from './store.js'

/** What `PortOne.requestPayment` or an API call says of a payment that it starts. */
export interface V2PaymentRequest {
  /** The order, as the page names it. */
  paymentId: string
  /** In the currency's minor unit: won, cents. */
  totalAmount: number
  /** ISO 4217, also as `CURRENCY_KRW`. @default 'KRW' */
  currency?: string
  /** @default 'CARD' */
  payMethod?: PayMethod
  orderName?: string
  /** @default the sandbox's store */
  storeId?: string
  /** One of the sandbox's channels. @default 'channel-key-live' */
  channelKey?: string
  channelGroupId?: string
  taxFreeAmount?: number
  /** @default an eleventh of what is taxed, for KRW */
  vatAmount?: number
  customer?: Customer & { customerId?: string, fullName?: string }
  /** Kept as JSON text. */
  customData?: unknown
  promotionId?: string
  /** Where this payment's webhooks go, instead of the store's URL. */
  noticeUrls?: readonly string[]
  /** Asked before this payment is approved. */
  confirmUrl?: string
  /** Until when an account takes the deposit. */
  virtualAccount?: { accountExpiry?: { validHours?: number, dueDate?: string } }
  /** Of `EASY_PAY`: `KAKAOPAY`, `NAVERPAY`, `TOSSPAY`. */
  easyPay?: { easyPayProvider?: string }
}

/** Text that cannot be part of a path: a URL drops `.` and `..`. */
const isPathless = (id: string) => id === '.' || id === '..'

/** Refuses what the provider would open no window for. @throws PageRefusal */
export function checkV2Request (request: V2PaymentRequest, store: V2Store, storeId: string): Chosen {
  const { paymentId, totalAmount, taxFreeAmount = 0, vatAmount = 0, payMethod = 'CARD' } = request
  const currency = currencyOf(request)
  const bad = (message: string) => new PageRefusal('BadRequest', message)
  if (request.storeId !== undefined && request.storeId !== storeId) {
    throw new PageRefusal('StoreNotFound', '상점 정보를 찾을 수 없습니다.')
  }
  if (typeof paymentId !== 'string' || paymentId === '' || isPathless(paymentId)) throw bad('paymentId가 올바르지 않습니다.')
  if (!Number.isSafeInteger(totalAmount) || totalAmount <= 0) {
    throw bad('totalAmount는 통화의 최소 단위로 나타낸 양의 정수여야 합니다.')
  }
  if (!isCurrency(currency)) throw bad('currency가 올바르지 않습니다.')
  if (!PAY_METHODS.includes(payMethod)) throw bad('payMethod가 올바르지 않습니다.')
  if (!(taxFreeAmount >= 0 && vatAmount >= 0 && taxFreeAmount + vatAmount <= totalAmount)) {
    throw bad('taxFreeAmount와 vatAmount의 합이 totalAmount를 초과합니다.')
  }
  const chosen = chooseChannel(request.channelKey, request.channelGroupId)
  if (!chosen) throw new PageRefusal('ChannelNotFound', '채널 정보를 찾을 수 없습니다.')
  if (store.attempts(paymentId).some(hasBeenPaid)) {
    throw new PageRefusal('PaymentAlreadyPaid', '이미 결제가 완료된 paymentId입니다.')
  }
  const registered = store.preRegistered.get(paymentId)
  const isAsRegistered = registered === undefined || (
    (registered.totalAmount ?? totalAmount) === totalAmount &&
    (registered.taxFreeAmount ?? taxFreeAmount) === taxFreeAmount &&
    (registered.currency ?? currency) === currency)
  if (!isAsRegistered) throw new PageRefusal('AmountNotEqualToPredefined', '사전 등록된 결제 금액과 다릅니다.')
  return chosen
}

/** A page writes `CURRENCY_KRW`, a server `KRW`. */
const currencyOf = ({ currency = 'KRW' }: V2PaymentRequest) => currency.replace(/^CURRENCY_/, '').toUpperCase()

const textOf = (data: unknown) =>
  data === undefined || data === null ? undefined : typeof data === 'string' ? data : JSON.stringify(data)

function customerOf ({ customerId, fullName, ...given }: NonNullable<V2PaymentRequest['customer']>): Customer {
  const { id = customerId, name = fullName, email, phoneNumber } = given
  return { id, name, email, phoneNumber }
}

/** Milliseconds since 1970. */
export function dueAtOf ({ virtualAccount }: V2PaymentRequest, now: number): number {
  const { validHours, dueDate } = virtualAccount?.accountExpiry ?? {}
  if (validHours !== undefined) return now + validHours * 60 * 60 * 1000
  return dueAt(dueDate, secondsOf(now)) * 1000
}

export interface V2Circumstances {
  platform: V2Payment['platform']
  /** Made in a test channel, whichever the page names. */
  isTest: boolean
  userAgent?: string
  billingKey?: string
  scheduleId?: string
  transactionId: string
  /** Milliseconds since 1970. */
  now: number
}

/** A payment whose window has just opened: `READY`, nothing decided. */
export function openV2Payment (request: V2PaymentRequest, chosen: Chosen, given: V2Circumstances): V2Payment {
  const { isTest, now, ...rest } = given
  const { totalAmount: total, taxFreeAmount: taxFree = 0 } = request
  const currency = currencyOf(request)
  return {
    ...rest,
    paymentId: request.paymentId,
    status: 'READY',
    ...(isTest ? testChannelFor(chosen) : chosen),
    orderName: request.orderName || '주문',
    currency,
    total,
    taxFree,
    vat: request.vatAmount ?? (currency === 'KRW' ? Math.round((total - taxFree) / 11) : 0),
    payMethod: request.payMethod ?? 'CARD',
    customer: customerOf(request.customer ?? {}),
    customData: textOf(request.customData),
    promotionId: request.promotionId,
    requestedAt: now,
    statusChangedAt: now,
    cancellations: [],
  }
}
