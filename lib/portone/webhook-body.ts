import { isObject } from '../http/json.js'
import { isPaymentId, MAX_TX_ID } from './arguments.js'
import type { PortonePayment } from './payment.js'
import { at, textOf } from './read-fields.js'

/*
 * The bodies that PortOne sends, as parsed from JSON or a form:
 * 2024-04-25: { type: 'Transaction.Paid', timestamp, data: { storeId?, paymentId, transactionId, cancellationId? } }
 * 2024-01-01: { payment_id, tx_id, status: 'Paid' }
 * Source: https://developers.portone.io/opi/ko/integration/webhook/readme-v2
 */

/** What a webhook is about. */
type WebhookBody =
  /** Nothing to look up. `storeId`: of the other store that it is about. */
  | { kind: 'ignored', why: 'billing_key' | 'ready' | 'no_payment' }
  | { kind: 'ignored', why: 'other_store', storeId: string }
  /** To redeliver it would change nothing. */
  | { kind: 'malformed', problem: string }
  /** Sent before the approval; an answer of 200 would approve the payment. */
  | { kind: 'confirmation' }
  | WebhookNotification

/** A message that a payment changed. */
export interface WebhookNotification {
  kind: 'notification'
  paymentId: string
  transactionId: string | null
  cancellationId: string | null
  /** `Paid`, `VirtualAccountIssued`, ..., in both versions; null if there is none. */
  event: string | null
}

/** What is sent before the approval, for the store to decide. */
type ConfirmBody =
  /** `totalAmount`: in the minor unit of a currency that it does not name. */
  | { kind: 'attempt', paymentId: string, txId: string, totalAmount: number }
  | { kind: 'malformed', problem: string }

/** @param storeId ours */
export function readWebhook (body: unknown, storeId: string): WebhookBody {
  const { type, data, event } = readEvent(body)
  // First: these carry no payment, and whatever else they carry is not about one.
  if (type?.startsWith('BillingKey.')) return { kind: 'ignored', why: 'billing_key' }
  if (type === 'Transaction.Confirm' || at(body, 'total_amount') !== undefined) return { kind: 'confirmation' }
  const paymentId = at(data, 'paymentId') ?? at(body, 'payment_id') ?? undefined
  if (paymentId === undefined && (at(body, 'imp_uid') ?? undefined) !== undefined) {
    return { kind: 'malformed', problem: 'this is a webhook of V1, which belongs to another route' }
  }
  // Sent whenever a checkout is opened: there is nothing to look up yet.
  if (event === 'Ready') return { kind: 'ignored', why: 'ready' }
  const store = textOf(at(data, 'storeId'))
  if (store !== null && store !== storeId) return { kind: 'ignored', why: 'other_store', storeId: store }
  if (paymentId === undefined) return { kind: 'ignored', why: 'no_payment' }
  if (!isPaymentId(paymentId)) return { kind: 'malformed', problem: 'the paymentId is malformed' }
  return {
    kind: 'notification',
    paymentId,
    transactionId: txIdOf(at(data, 'transactionId')) ?? txIdOf(at(body, 'tx_id')),
    cancellationId: textOf(at(data, 'cancellationId')),
    event,
  }
}

/** @param storeId ours */
export function readConfirmation (body: unknown, storeId: string): ConfirmBody {
  const { type, data } = readEvent(body)
  const isNew = type === 'Transaction.Confirm'
  if (!isNew && type !== null) return malformed('it is no confirmation')
  const paymentId = isNew ? at(data, 'paymentId') : at(body, 'payment_id')
  const txId = isNew ? at(data, 'transactionId') : at(body, 'tx_id')
  const totalAmount = unitsOf(isNew ? at(data, 'totalAmount') : at(body, 'total_amount'))
  const store = textOf(at(data, 'storeId'))
  if (store !== null && store !== storeId) return malformed('it is about another store')
  if (!isPaymentId(paymentId)) return malformed('the paymentId is missing or malformed')
  if (!isPaymentId(txId)) return malformed('the id of the attempt is missing or malformed')
  if (totalAmount === undefined) return malformed('the amount is missing or malformed')
  return { kind: 'attempt', paymentId, txId, totalAmount }
}

const malformed = (problem: string): ConfirmBody => ({ kind: 'malformed', problem })

function readEvent (body: unknown): { type: string | null, data: unknown, event: string | null } {
  const type = textOf(at(body, 'type'))
  const data = at(body, 'data')
  const event = type === null ? textOf(at(body, 'status')) : type.replace(/^Transaction\./, '')
  return { type, data: isObject(data) ? data : undefined, event }
}

/** One that is too long names no attempt. */
function txIdOf (value: unknown): string | null {
  const text = textOf(value)
  return text !== null && text.length <= MAX_TX_ID ? text : null
}

/** In a form, an amount is text. */
function unitsOf (value: unknown): number | undefined {
  const units = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value
  return typeof units === 'number' && Number.isSafeInteger(units) && units >= 0 ? units : undefined
}

/** The statuses of a payment for which no account has been issued. */
const NOT_ISSUED: ReadonlySet<string> = new Set(['READY', 'PAY_PENDING', 'FAILED'])

/**
 * Whether a lookup shows what a signed webhook says. If it does not yet, the webhook has to be redelivered. Pure.
 */
export function isShown (
  { event, cancellationId }: WebhookNotification, payment: PortonePayment
): boolean {
  const { portone } = payment
  const cancellations = 'cancellations' in portone ? portone.cancellations ?? [] : []
  if (cancellationId !== null && !cancellations.some(({ id }) => id === cancellationId)) return false
  if (event === 'VirtualAccountIssued') return !NOT_ISSUED.has(portone.status)
  if (event !== 'Paid') return true
  return portone.status === 'PAID' || portone.status === 'PARTIAL_CANCELLED' ||
    (portone.status === 'CANCELLED' && cancellations.some(({ status }) => status === 'SUCCEEDED'))
}

/**
 * Whether a lookup shows another attempt than the one whose payment or account is reported. If that one has failed or
 * was cancelled, the lookup says nothing about the reported one.
 */
export const isAnotherAttempt = ({ event, transactionId }: WebhookNotification, payment: PortonePayment): boolean =>
  (event === 'Paid' || event === 'VirtualAccountIssued') && transactionId !== null && transactionId !== payment.imp_uid
