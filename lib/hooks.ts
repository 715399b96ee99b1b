import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { HookFailedError } from './errors.js'
import type { FailureReason } from './messages.js'
import { isCurrency, type Expectation } from './money.js'
import type { Cancellation, Payment } from './completion/payment.js'

/** How a notification of a payment arrived. `direct`: by `fastify.iamport.complete`. */
export type Source = 'browser' | 'redirect' | 'webhook' | 'confirm' | 'reconcile' | 'direct'

/** What a hook receives besides the payment. */
export interface Context<Tx = unknown> {
  source: Source
  /** The request of the notification, if there was one. Its `body` holds everything else that the page posted. */
  request?: FastifyRequest
  log: FastifyBaseLogger
  /** The ledger's transaction. What is written in it commits together with the record that this hook has run. */
  tx: Tx
}

/** What `onCancel` receives besides the payment. */
export interface CancelContext<Tx = unknown> extends Context<Tx> {
  /** The cancellation that this call is about. */
  cancellation: Cancellation
}

/** A payment that does not count as paid. */
export interface Failure<P extends Payment = Payment> {
  reason: FailureReason
  payment: P
  /** False if it can still become paid; `onPaid` then runs. */
  final: boolean
  /**
   * After a mismatch. True: the money was refunded, or the virtual account was revoked before a deposit. False: a
   * manual refund is needed.
   */
  refunded: boolean
  /**
   * PortOne V2 only: true while a refund of ours was accepted and is not carried out yet; `refunded` is then false. Its
   * end is another call, with `refunded` true, or false without this field.
   */
  refund_pending?: true
  /** For the buyer, in the language of the option `locale`. */
  message: string
}

/** What the provider sends for confirmation just before it approves a payment. */
export interface ConfirmAttempt { imp_uid: string, merchant_uid: string, amount: number }

type AbsentField = Exclude<keyof Payment, keyof ConfirmAttempt>

/**
 * The argument of `getExpectedAmount`: a payment or, before an approval, an attempt, which has none of a payment's
 * other fields.
 */
export type Priced = Payment | (ConfirmAttempt & { [Field in AbsentField]?: undefined })

/** Likewise, of either API: PortOne V2 names no amount before an approval. */
export type PricedByAny = Payment | (
  Pick<ConfirmAttempt, 'imp_uid' | 'merchant_uid'> & { amount: number | undefined } &
  { [Field in AbsentField]?: undefined }
)

/**
 * In the currency's major unit (won, dollars), as databases return it: a number, a bigint, or decimal text such as
 * `'9.90'`.
 */
export type Amount = number | bigint | string

/** A bare amount is in KRW. `null` and `undefined`: there is no such order. */
export type ExpectedAmount = Amount | { amount: Amount, currency?: string } | null | undefined

type MaybePromise<T> = T | Promise<T>

/**
 * A hook that may be left out. Written as a method, so that it takes a hook of wider arguments or, as V2's do, of V1's.
 */
type Optional<Argument, Ctx> = { hook (argument: Argument, context: Ctx): unknown }['hook'] | undefined

/**
 * The merchant's hooks. With `exposeData`, what `onPaid`, `onVbank` or `onFail` returns is recorded as JSON, and `data`
 * in every reply about the payment.
 */
export interface Hooks<Tx = unknown, P extends Payment = Payment, Price = Priced> {
  /**
   * What the order of this payment costs; `null` or `undefined` if there is no such order. When an attempt is being
   * confirmed (`context.source` is `confirm`), and in `manualRefunds` (`reconcile`), nothing is recorded and
   * `context.tx` is `undefined`.
   */
  getExpectedAmount (payment: Price, context: Context<Tx | undefined>): MaybePromise<ExpectedAmount>
  /** The payment is paid, with the amount and currency of the order. */
  onPaid (payment: P, context: Context<Tx>): unknown
  /** A virtual account was issued; nothing is paid yet. */
  onVbank?: Optional<P, Context<Tx>>
  /** The payment does not count as paid: once for each reason, and once more when its refund has come further. */
  onFail?: Optional<Failure<P>, Context<Tx>>
  /** The payment was cancelled, in full or in part: once for each cancellation, `context.cancellation`. */
  onCancel?: Optional<P, CancelContext<Tx>>
  /** Throw to refuse the attempt; the error's message becomes the reason. */
  onConfirm?: Optional<ConfirmAttempt, Context<undefined>>
}

/** @param read what to make of the hook's result @throws IAMPORT_HOOK_FAILED the hook threw or rejected, or `read` */
export async function runHook<T> (name: keyof Hooks, hook: () => unknown, read: (returned: unknown) => T): Promise<T> {
  try {
    return read(await hook())
  } catch (error) {
    throw hookFailed(name, error)
  }
}

/**
 * What a hook returned, as the JSON that is recorded. A value that JSON cannot hold is logged and left out: the hook
 * has succeeded, and must not run again because of its result.
 */
export function toData (returned: unknown, log: FastifyBaseLogger): unknown {
  try {
    return asJson(returned)
  } catch (err) {
    log.error({ err }, 'a hook returned a value that is not JSON: its event is recorded without data')
  }
}

/** Makes the first reply the same as every replay: dates as text, no undefined, no methods. */
function asJson (value: unknown): unknown {
  if (value === undefined) return undefined
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw new TypeError(`a ${typeof value} is not JSON`)
  return JSON.parse(text)
}

/**
 * @param read what to make of what the order costs
 * @throws IAMPORT_HOOK_FAILED it threw, or returned something that is not an amount: a bug of the merchant's, so
 * nothing is delivered and nothing is cancelled
 */
export const runGetExpectedAmount = <T>(
  getExpectedAmount: () => MaybePromise<ExpectedAmount>, read: (expectation: Expectation) => T
): Promise<T> => runHook('getExpectedAmount', getExpectedAmount, (returned) => read(asMoney(returned)))

function asMoney (expected: unknown): Expectation {
  if (expected === null || expected === undefined) return null
  if (Array.isArray(expected)) throw wrongAmount('an array (all rows of a query instead of the first?)')
  if (typeof expected === 'object' && !('amount' in expected)) throw wrongAmount(describeRow(expected))
  const { amount, currency = 'KRW' }: { amount?: unknown, currency?: unknown } =
    typeof expected === 'object' ? expected : { amount: expected }
  if (typeof currency !== 'string' || !isCurrency(currency)) {
    throw new TypeError('getExpectedAmount returned a currency that is not in ISO 4217 (won is KRW)')
  }
  return { amount: asAmount(amount), currency }
}

/** Databases return amounts as numbers, bigints, or decimal text. */
function asAmount (amount: unknown): number {
  const isText = typeof amount === 'string' && /^\d+(\.\d+)?$/.test(amount)
  const number = typeof amount === 'number' || typeof amount === 'bigint' || isText ? Number(amount) : NaN
  if (!(number >= 0 && Number.isFinite(number))) throw wrongAmount(kindOf(amount))
  return number
}

const HINT = 'return a number, a bigint or text like 9.90, alone or as { amount, currency }, or null for no order'

const wrongAmount = (kind: string) => new TypeError(`getExpectedAmount returned ${kind}: ${HINT}`)

const className = (object: object): string => object.constructor?.name ?? 'without a class'

function describeRow (expected: object): string {
  const kind = className(expected)
  return kind === 'Object'
    ? 'an object without amount (a whole row of the database?)'
    : `an object (${kind}) without amount (a whole row, or a Decimal to be converted with String()?)`
}

/** Names the type and the usual cause, never the value, which may be confidential. */
function kindOf (amount: unknown): string {
  switch (typeof amount) {
    case 'undefined': return 'undefined as amount (a column that the query did not select?)'
    case 'number': return Number.isNaN(amount) ? 'NaN (a calculation with undefined?)' : String(amount)
    case 'string': return 'text that is not a decimal number (with a separator or a currency?)'
    case 'function': return 'a function as amount (is it to be called?)'
    case 'object': break
    default: return `a ${typeof amount}`
  }
  if (amount === null) return 'null as amount (an empty column?)'
  if (amount instanceof Promise) return 'a promise as amount (is an await missing?)'
  return `an object (${className(amount)}) as amount; convert a Decimal with String()`
}

/** Only an error goes into the log. Anything else that a hook throws may be the payment itself. */
function hookFailed (hook: keyof Hooks, thrown: unknown) {
  if (thrown instanceof Error) return new HookFailedError({ hook, cause: thrown })
  const kind = thrown === null ? 'null' : typeof thrown
  return new HookFailedError({ hook, cause: new TypeError(`${hook} threw ${kind} instead of an error`) })
}
