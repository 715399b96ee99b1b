import type { Listed, PaymentProvider, RefundResult } from '../completion/provider.js'
import type { Payment } from '../completion/payment.js'
import { PaymentNotFoundError, refusalOf } from '../errors.js'
import type { CancelPayment, ClientInternals } from './api.js'
import { isImpUid, malformedImpUid } from './arguments.js'
import { lookedUp } from './looked-up.js'
import type { ListedPayment } from './schemas.js'

/** A refused request was not carried out; after any other error the outcome is unknown. */
const isRefused = (error: unknown): error is Error =>
  error instanceof PaymentNotFoundError || refusalOf(error) !== undefined

async function resultOf (request: Promise<unknown>): Promise<RefundResult> {
  try {
    await request
    return { status: 'done' }
  } catch (error) {
    if (isRefused(error)) return { status: 'refused', error }
    throw error
  }
}

/** Payments are listed by status, each by the time of that status. */
const LISTS = ['ready', 'paid', 'cancelled'] as const

async function * readList (list: AsyncIterable<ListedPayment>): AsyncGenerator<Listed, void> {
  for await (const { impUid, payment } of list) yield { id: impUid, impUid, payment: payment && lookedUp(payment) }
}

/** A full refund of what is left. @param checksum the balance that we expect, in the payment's currency */
export const refundOf = ({ imp_uid }: Pick<Payment, 'imp_uid'>, checksum: number, reason: string): CancelPayment =>
  ({ imp_uid, checksum, reason })

/** PortOne V1, as the completion needs it. */
export function createProvider (client: ClientInternals, { timeoutMs }: { timeoutMs: number }): PaymentProvider {
  return {
    name: 'Iamport',
    writeTimeoutMs: timeoutMs,
    lookUp (impUid, deadline) {
      return isImpUid(impUid)
        ? client.lookUp(impUid, deadline).then(({ payment, answeredAt }) => ({ answeredAt, ...lookedUp(payment) }))
        : Promise.reject(malformedImpUid())
    },
    refund: ({ payment }, checksum, reason, deadline) =>
      resultOf(client.cancelOnce(refundOf(payment, checksum, reason), deadline)),
    closeAccount: ({ payment }, deadline) => resultOf(client.revokeOnce(payment.imp_uid, deadline)),
    lists: ({ from, to }, signal) =>
      LISTS.map((status) => ({
        status,
        ...(status === 'ready' && { isUnpaid: true }),
        payments: readList(client.list({ status, from, to }, signal)),
      })),
  }
}
