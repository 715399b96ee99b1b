import { asKey, attemptsKeyOf } from '../completion/ledger-key.js'
import type { LookedUpPayment, PaymentState } from '../completion/looked-up-payment.js'
import type { Payment } from '../completion/payment.js'
import { toMajor } from '../money.js'
import { translateCancellations, type Cancellations } from './cancellations.js'
import { accountNumberOf, translateMethod } from './method.js'
import { at, secondsAt, textOf } from './read-fields.js'
import type { PortoneWirePayment } from './wire-payment.js'

/** A payment of PortOne V2 with V1's names, types and units, so that the same hooks take both. */
export interface PortonePayment extends Payment {
  /** The provider's answer as it was on the wire, with V2's own names and units. */
  portone: PortoneWirePayment
}

/** Whether a payment comes from PortOne V2. */
export const isPortonePayment = (payment: Payment): payment is PortonePayment => 'portone' in payment

/** V1's `status`; one that we do not know is passed on as it is. */
const STATUSES: ReadonlyMap<string, string> = new Map(Object.entries({
  READY: 'ready',
  PAY_PENDING: 'ready',
  VIRTUAL_ACCOUNT_ISSUED: 'ready',
  PAID: 'paid',
  PARTIAL_CANCELLED: 'cancelled',
  CANCELLED: 'cancelled',
  FAILED: 'failed',
}))

/** The status decides, never a sum. */
function stateOf ({ status, method }: PortoneWirePayment): PaymentState {
  switch (status) {
    case 'READY': return 'ready'
    case 'PAY_PENDING': return 'approval_pending'
    // Without an account it is a slip to be paid in a convenience store: nothing that a shop could show as an account.
    case 'VIRTUAL_ACCOUNT_ISSUED': return accountNumberOf(method) === null ? 'approval_pending' : 'account_issued'
    case 'PAID': case 'PARTIAL_CANCELLED': return 'paid'
    case 'CANCELLED': return 'cancelled'
    case 'FAILED': return 'failed'
    default: return 'unknown'
  }
}

const WITH_MONEY: ReadonlySet<PaymentState> = new Set<PaymentState>(['paid', 'cancelled', 'account_issued'])

/** `true`: a test channel approves anything, and no money moves. `null`: the answer does not say. */
function isTest ({ channel, channelGroup }: PortoneWirePayment): boolean | null {
  if (channel?.type === 'TEST' || channelGroup?.isForTest === true) return true
  return channel?.type === 'LIVE' ? false : null
}

/** Characters of a status that we do not know, at most. */
const MAX_QUOTED = 40

/** Derives what the completion needs from an answer that has been checked. Pure. */
export function readPayment (wire: PortoneWirePayment): LookedUpPayment<PortonePayment> {
  const cancellations = translateCancellations(cancellationsOf(wire), wire.currency)
  const state = stateOf(wire)
  const sandbox = isTest(wire)
  const problem = state === 'unknown'
    ? `the status ${JSON.stringify(wire.status.slice(0, MAX_QUOTED))} is unknown`
    : WITH_MONEY.has(state) && sandbox === null ? 'the channel is neither a live nor a test channel' : undefined
  return {
    id: wire.id,
    key: asKey(wire.transactionId),
    attemptsKey: attemptsKeyOf(wire.id),
    payment: translate(wire, sandbox, cancellations),
    state: problem === undefined ? state : 'unknown',
    ...(problem !== undefined && { problem }),
    paidAtSec: secondsAt(at(wire, 'paidAt')) || secondsAt(wire.requestedAt),
    unsettled: cancellations.unsettled,
    discount: toMajor(discountOf(wire), wire.currency),
  }
}

/** Not checked, as it decides nothing alone. */
function discountOf (wire: PortoneWirePayment): number {
  const discount = at(wire, 'amount', 'discount')
  return typeof discount === 'number' && discount > 0 ? discount : 0
}

const cancellationsOf = (wire: PortoneWirePayment) => 'cancellations' in wire ? wire.cancellations ?? [] : []

function translate (
  wire: PortoneWirePayment, sandbox: boolean | null, { succeeded, cancelled }: Cancellations
): PortonePayment {
  const { currency, customer, method, origin } = wire
  const billingKey = textOf(wire.billingKey)
  return {
    imp_uid: wire.transactionId,
    merchant_uid: wire.id,
    status: STATUSES.get(wire.status) ?? wire.status,
    amount: toMajor(wire.amount.total, currency),
    cancel_amount: cancelled,
    currency,
    sandbox,
    ...translateMethod(method),
    customer_uid_usage: textOf(wire.scheduleId) ? 'payment.scheduled' : billingKey && 'payment',
    customer_uid: billingKey,
    started_at: secondsAt(wire.requestedAt),
    paid_at: secondsAt(at(wire, 'paidAt')),
    failed_at: secondsAt(at(wire, 'failedAt')),
    cancelled_at: secondsAt(at(wire, 'cancelledAt')),
    fail_reason: textOf(at(wire, 'failure', 'reason')) ?? textOf(at(wire, 'failure', 'pgMessage')),
    cancel_reason: succeeded.at(-1)?.reason ?? null,
    cancel_history: succeeded,
    cancel_receipt_urls: succeeded.flatMap((one) => one.receipt_url ?? []),
    name: textOf(wire.orderName),
    channel: textOf(at(origin, 'platformType'))?.toLowerCase() ?? null,
    pg_provider: textOf(at(wire, 'channel', 'pgProvider'))?.toLowerCase() ?? null,
    pg_id: textOf(at(wire, 'channel', 'pgMerchantId')),
    pg_tid: textOf(at(wire, 'pgTxId')),
    escrow: at(wire, 'escrow', 'status') !== undefined,
    buyer_name: textOf(at(customer, 'name')),
    buyer_email: textOf(at(customer, 'email')),
    buyer_tel: textOf(at(customer, 'phoneNumber')),
    buyer_addr: textOf(at(customer, 'address', 'oneLine')),
    buyer_postcode: textOf(at(customer, 'zipcode')),
    custom_data: textOf(wire.customData),
    user_agent: textOf(at(origin, 'userAgent')),
    receipt_url: textOf(at(wire, 'receiptUrl')),
    cash_receipt_issued: at(wire, 'cashReceipt', 'status') === 'ISSUED' ||
      at(wire, 'cashReceiptIssuanceStatus') === 'ISSUED',
    portone: wire,
  }
}
