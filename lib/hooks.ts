import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { HookFailedError } from './errors.js'
import type { FailureReason } from './messages.js'
import { isCurrency, type Expectation } from './money.js'
import type { Cancellation, Payment } from './completion/payment.js'

/** The way by which the news of a payment came. `direct`: by `fastify.iamport.complete`. */
export type Source = 'browser' | 'redirect' | 'webhook' | 'confirm' | 'reconcile' | 'direct'

/** What a hook is told besides the payment. */
export interface Context<Tx = unknown> {
  source: Source
  /** The request that brought the news, where one did: its `body` holds whatever else the page posted. */
  request?: FastifyRequest
  log: FastifyBaseLogger
  /** The ledger's transaction: what is written through it commits together with the record that this hook has run. */
  tx: Tx
}

export interface CancelContext<Tx = unknown> extends Context<Tx> {
  /** The one cancellation that this call is about. */
  cancellation: Cancellation
}

/** A payment that does not count as paid. */
export interface Failure {
  reason: FailureReason
  payment: Payment
  /** False where it can still become paid; `onPaid` then runs. */
  final: boolean
  /** After a mismatch: true, the money went back (or never came, the account is revoked); false, somebody has to refund by hand. */
  refunded: boolean
  /** For the buyer, in the language of the option `locale`. */
  message: string
}

/** What the provider asks before it lets the buyer's money move. */
export interface ConfirmAttempt { imp_uid: string, merchant_uid: string, amount: number }

/** What `getExpectedAmount` is asked about: a payment, or, with `onConfirm`, an attempt, which has none of a payment's other fields. */
export type Priced = Payment | (ConfirmAttempt & { [Field in Exclude<keyof Payment, keyof ConfirmAttempt>]?: undefined })

/** In the currency's major unit (won, dollars), as databases give it: a number, a bigint, or decimal text such as `'9.90'`. */
export type Amount = number | bigint | string

/** A bare amount is won; `null` and `undefined`: there is no such order. */
export type ExpectedAmount = Amount | { amount: Amount, currency?: string } | null | undefined

type MaybePromise<T> = T | Promise<T>

/** The merchant's part. With `exposeData`, what `onPaid`, `onVbank` or `onFail` returns is kept as JSON and given back as `data`. */
export interface Hooks<Tx = unknown> {
  /**
   * What the order of this payment costs; `null` or `undefined`: there is no such order. Where a payment is confirmed
   * (`context.source` is `confirm`), nothing is recorded, and `context.tx` is `undefined`.
   */
  getExpectedAmount (payment: Priced, context: Context<Tx | undefined>): MaybePromise<ExpectedAmount>
  /** The money is there, and it is what the order costs. */
  onPaid (payment: Payment, context: Context<Tx>): unknown
  /** A virtual account was issued; nothing is paid yet. */
  onVbank? (payment: Payment, context: Context<Tx>): unknown
  onFail? (failure: Failure, context: Context<Tx>): unknown
  /** One whole or partial cancellation, `context.cancellation`, was seen. */
  onCancel? (payment: Payment, context: CancelContext<Tx>): unknown
  /** Throwing refuses the attempt; the error's message becomes the reason. */
  onConfirm? (attempt: ConfirmAttempt, context: Context<undefined>): unknown
}

/** @throws IAMPORT_HOOK_FAILED the hook threw or rejected */
export async function runHook (hook: () => unknown): Promise<unknown> {
  try {
    return await hook()
  } catch (error) {
    throw hookFailed(error)
  }
}

/**
 * What a hook returned, as the JSON it will be recorded as. What JSON cannot hold is left out and logged: the hook has succeeded,
 * and must not run again for that.
 */
export function toData (returned: unknown, log: FastifyBaseLogger): unknown {
  try {
    return asJson(returned)
  } catch (err) {
    log.error({ err }, 'what a hook returned is not JSON: the event is recorded without it')
  }
}

/** So that the first answer is the same as every replay: dates as text, no undefined, no methods. */
function asJson (value: unknown): unknown {
  if (value === undefined) return undefined
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw new TypeError(`a ${typeof value} is not JSON`)
  return JSON.parse(text)
}

/** @throws IAMPORT_HOOK_FAILED it threw, or what it gave is no amount: the merchant's bug, so nothing is fulfilled or cancelled */
export async function expectationOf (ask: () => MaybePromise<ExpectedAmount>): Promise<Expectation> {
  try {
    return asMoney(await ask())
  } catch (error) {
    throw hookFailed(error)
  }
}

function asMoney (expected: unknown): Expectation {
  if (expected === null || expected === undefined) return null
  const { amount, currency = 'KRW' }: { amount?: unknown, currency?: unknown } =
    typeof expected === 'object' ? expected : { amount: expected }
  if (typeof currency !== 'string' || !isCurrency(currency)) {
    throw new TypeError('getExpectedAmount gave a currency that ISO 4217 does not have; won are KRW')
  }
  return { amount: asAmount(amount), currency }
}

/** Databases give amounts as numbers, bigints, or decimal text. */
function asAmount (amount: unknown): number {
  const isText = typeof amount === 'string' && /^\d+(\.\d+)?$/.test(amount)
  const number = typeof amount === 'number' || typeof amount === 'bigint' || isText ? Number(amount) : NaN
  if (!(number >= 0 && Number.isFinite(number))) {
    throw new TypeError(`getExpectedAmount gave ${kindOf(amount)}: ${HINT}`)
  }
  return number
}

const HINT = 'it must give a number, a bigint or text like 9.90, alone or as { amount, currency }, or null for no order'

/** What it is, never what it says: that may be a secret of the shop's. */
function kindOf (amount: unknown): string {
  if (amount === undefined) return 'an object without amount (a whole row?)'
  if (amount === null) return 'null as amount'
  if (typeof amount === 'object') return `an object (${amount.constructor?.name ?? 'without a class'}) as amount; convert a Decimal by String()`
  if (typeof amount === 'string') return 'text that is no decimal number'
  return typeof amount === 'number' ? String(amount) : `a ${typeof amount}`
}

/** Whatever a hook throws, only an error goes into the log: anything else may be the payment itself. */
const hookFailed = (error: unknown) => new HookFailedError({ cause: error instanceof Error ? error : new TypeError(`a hook threw ${error === null ? 'null' : typeof error} instead of an error`) })
