import diagnostics from 'node:diagnostics_channel'
import type { ProviderName } from '../errors.js'
import type { Source } from '../hooks.js'
import type { Money } from '../money.js'
import { heldOf } from './find-unrefunded.js'
import type { Decided } from './notification.js'
import type { ManualRefundCause } from './refund-rules.js'
import { needsManualRefund } from './reply.js'
import type { Mismatch } from './rules.js'

/**
 * The name of the `node:diagnostics_channel` on which a {@link ManualRefundEvent} is published when a payment needs a
 * person: once for each payment and reason, after `onFail` has run and the ledger has recorded it.
 */
export const MANUAL_REFUND_CHANNEL = 'fastify-iamport:manual-refund'

/** A payment that does not match its order, and that the plugin does not refund by itself. */
export interface ManualRefundEvent {
  /** `Iamport`: V1; `PortOne`: V2. */
  provider: ProviderName
  imp_uid: string
  /** With V2 the `paymentId`. */
  merchant_uid: string
  reason: Mismatch
  /** Why the plugin does not refund it by itself. */
  why: ManualRefundCause
  /**
   * What of it has not been cancelled, in the currency's major unit. 0: a virtual account that could not be closed and
   * still takes a deposit.
   */
  held: Money
  pay_method: string | null
  /** Of the notification that found it. */
  source: Source
}

const channel = diagnostics.channel(MANUAL_REFUND_CHANNEL)

/** Publishes that a payment needs a manual refund, unless an earlier notification of it did. */
export function alertManualRefund (provider: ProviderName, source: Source, { completion, looked, why }: Decided): void {
  if (completion.replayed || looked === undefined || why === undefined || !needsManualRefund(completion)) return
  const { imp_uid, merchant_uid, reason, pay_method } = completion
  const held = heldOf(looked)
  const event: ManualRefundEvent = { provider, imp_uid, merchant_uid, reason, why, held, pay_method, source }
  channel.publish(event)
}
