import diagnostics, { type TracingChannel } from 'node:diagnostics_channel'
import type { ProviderName } from '../errors.js'
import type { Hooks, Source } from '../hooks.js'
import type { PaymentState } from './looked-up-payment.js'
import type { RefundResult } from './provider.js'
import type { Completion } from './reply.js'

/**
 * The names of the `tracingChannel`s of `node:diagnostics_channel` on which the parts of a notification are published,
 * for traces. Their messages are {@link Traces}: they name the payment, never the card or the buyer.
 */
export const TRACING_CHANNELS = {
  /** One notification, from its arrival to its answer; the others run within it. */
  notification: 'fastify-iamport:notification',
  /** One lookup with its tries. Notifications that share it do not have one each. */
  lookup: 'fastify-iamport:lookup',
  /** What the payment means for its order, and what follows from that. */
  decision: 'fastify-iamport:decision',
  /** One call of the ledger. The hook of an event runs within it. */
  ledger: 'fastify-iamport:ledger',
  /** One hook of the merchant's. */
  hook: 'fastify-iamport:hook',
  /** A request to refund a payment, or to close a virtual account. */
  refund: 'fastify-iamport:refund',
  /** PortOne V2: a request to approve a payment (manual approval). */
  approval: 'fastify-iamport:approval',
} as const

interface Names { imp_uid: string | undefined, merchant_uid: string | undefined }

/** What `tracePromise` adds to a message when the part has failed. */
interface Failed { error?: unknown }

/**
 * The messages of each channel of {@link TRACING_CHANNELS}. One object for the whole part: what is optional is set when
 * it ends.
 */
export interface Traces {
  notification: Names & Failed & { source: Source } & Partial<Pick<Completion, 'status' | 'reason' | 'replayed'>>
  /** `id`: V1's `imp_uid`, V2's `paymentId`. `state`: the payment's, in the words of the rules. */
  lookup: Failed & { id: string, provider: ProviderName, state?: PaymentState }
  decision: Names & Failed & { state: PaymentState } & Partial<Pick<Completion, 'status' | 'replayed'>>
  /** `rolledBack`: the work threw, so that nothing is recorded; it need not be an error. */
  ledger: Failed & { method: 'once' | 'find', key: string, replayed?: boolean, rolledBack?: boolean }
  /** `error`: of `onConfirm`, that it refused. */
  hook: Names & Failed & { hook: keyof Hooks, source: Source }
  refund: Names & Failed & { request: 'refund' | 'close_account', status?: RefundResult['status'] }
  approval: Failed & { id: string, status?: string }
}

const channelOf = <Part extends keyof Traces>(part: Part) =>
  diagnostics.tracingChannel<object, Traces[Part]>(TRACING_CHANNELS[part])

export const notifications = channelOf('notification')
export const lookups = channelOf('lookup')
export const decisions = channelOf('decision')
export const ledgerCalls = channelOf('ledger')
export const hookCalls = channelOf('hook')
export const refundRequests = channelOf('refund')
export const approvals = channelOf('approval')

/**
 * Publishes a part of a notification. Only for channels with subscribers: without them a part
 * costs the look at `hasSubscribers`, 3 ns, and neither an object nor a promise.
 *
 * @param end sets what is known at the end. The value itself is not published, as `tracePromise` would: it may name the
 * buyer
 */
export function traced<Message extends object, T> (
  channel: TracingChannel<object, Message>, message: Message, work: () => T | Promise<T>,
  end: (message: Message, value: T) => void = () => {}
): Promise<T> {
  return new Promise((resolve, reject) => {
    let finish = () => {}
    channel.tracePromise(async () => {
      const value = await work()
      end(message, value)
      finish = () => resolve(value)
    }, message).then(() => finish(), reject)
  })
}
