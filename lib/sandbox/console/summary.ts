import { METHODS, WALLETS, walletOf } from '../methods.js'
import { usedMethodOf } from '../portone/approval.js'
import { cancellableOf } from '../portone/cancellation.js'
import { sumOf } from '../portone/payment.js'
import { balance, toMajor } from '../../money.js'
import type { AnyEntry, Records } from '../records.js'
import type { Entry } from '../store.js'
import type { V2Entry } from '../portone/entry.js'

/** Payments a message carries at most, and a page shows at first: load tests must not bury the browser. */
export const PAYMENTS_AT_ONCE = 100

/** The methods that the console has names for. */
export const METHOD_CODES: readonly string[] = [...METHODS, ...WALLETS]

/** How a payment stands, in words for both generations. */
type State = 'ready' | 'pending' | 'awaitsDeposit' | 'paid' | 'cancelPending' | 'partly' | 'cancelled' | 'failed'

/** A payment as a line of the list. Amounts in the currency's major unit. */
export interface Summary {
  generation: AnyEntry['generation']
  serial: number
  /** `imp_uid`, or the `transactionId` of an attempt. */
  id: string
  /** `merchant_uid`, or `paymentId`. */
  order: string
  name: string
  amount: number
  cancelled: number
  /** What can be cancelled; 0 where nothing is paid. */
  left: number
  currency: string
  method: string
  wallet: string | undefined
  state: State
  isTest: boolean
  /** Milliseconds since 1970. */
  openedAt: number
  lookups: number
  updatedAt: number
}

function v1State ({ payment: { status, amount, cancel_amount, vbank_num } }: Entry): State {
  if (status === 'cancelled' && cancel_amount > 0 && cancel_amount < amount) return 'partly'
  return status === 'ready' && vbank_num !== null ? 'awaitsDeposit' : status
}

const V2_STATES = {
  READY: 'ready',
  PAY_PENDING: 'pending',
  VIRTUAL_ACCOUNT_ISSUED: 'awaitsDeposit',
  PAID: 'paid',
  PARTIAL_CANCELLED: 'partly',
  CANCELLED: 'cancelled',
  FAILED: 'failed',
} as const

const v2State = ({ payment }: V2Entry): State =>
  sumOf(payment, 'REQUESTED') > 0 ? 'cancelPending' : V2_STATES[payment.status]

function v1Summary (entry: Entry): Omit<Summary, 'serial' | 'generation' | 'lookups' | 'updatedAt'> {
  const { payment } = entry
  return {
    id: payment.imp_uid,
    order: payment.merchant_uid,
    name: payment.name,
    amount: payment.amount,
    cancelled: payment.cancel_amount,
    left: payment.paid_at > 0 ? balance(payment.amount, payment.cancel_amount, payment.currency) : 0,
    currency: payment.currency,
    method: payment.pay_method,
    wallet: walletOf(payment),
    state: v1State(entry),
    isTest: payment.sandbox,
    openedAt: payment.started_at * 1000,
  }
}

function v2Summary (entry: V2Entry): Omit<Summary, 'serial' | 'generation' | 'lookups' | 'updatedAt'> {
  const { payment } = entry
  const { currency, status } = payment
  const { name, wallet } = usedMethodOf(payment)
  const isPaid = status === 'PAID' || status === 'PARTIAL_CANCELLED'
  return {
    id: payment.transactionId,
    order: payment.paymentId,
    name: payment.orderName,
    amount: toMajor(payment.total, currency),
    cancelled: toMajor(sumOf(payment, 'SUCCEEDED'), currency),
    left: isPaid ? toMajor(cancellableOf(payment), currency) : 0,
    currency,
    method: name,
    wallet,
    state: v2State(entry),
    isTest: payment.channel.type === 'TEST',
    openedAt: payment.requestedAt,
  }
}

export function summaryOf (entry: AnyEntry): Summary {
  const { generation, serial, lookups, updatedAt } = entry
  const own = entry.generation === 'v1' ? v1Summary(entry) : v2Summary(entry)
  return { generation, serial, lookups, updatedAt, ...own }
}

/** What the list is asked for. */
interface Wanted {
  /** Older than that `serial`. */
  before?: number | undefined
  /** A part of number, id or name. */
  search?: string | undefined
  generation?: string | undefined
}

/** The console's script finds by the same fields. */
const isFound = ({ order, id, name }: Summary, wanted: string) =>
  [order, id, name].some((text) => text.toLowerCase().includes(wanted))

/** The newest payments, newest first. */
export function newest (
  records: Records, { before = Infinity, search, generation = '' }: Wanted = {}
): { payments: Summary[], more: boolean } {
  const wanted = search?.trim().toLowerCase() ?? ''
  const found: Summary[] = []
  for (const entry of [...records.all()].reverse()) {
    if (entry.serial >= before || (generation !== '' && entry.generation !== generation)) continue
    const summary = summaryOf(entry)
    if (wanted !== '' && !isFound(summary, wanted)) continue
    if (found.length === PAYMENTS_AT_ONCE) return { payments: found, more: true }
    found.push(summary)
  }
  return { payments: found, more: false }
}
