import type { PaymentProvider, RefundResult } from '../completion/provider.js'
import { BadGatewayError, PaymentNotFoundError, Refusal } from '../errors.js'
import type { ClientInternals } from './api.js'
import { assertImpUid } from './arguments.js'

/** A refused request was not carried out; after any other error the outcome is unknown. */
const isRefused = (error: unknown): error is Error =>
  error instanceof PaymentNotFoundError || (error instanceof BadGatewayError && error.cause instanceof Refusal)

async function resultOf (request: Promise<unknown>): Promise<RefundResult> {
  try {
    await request
    return { status: 'done' }
  } catch (error) {
    if (isRefused(error)) return { status: 'refused', error }
    throw error
  }
}

/** PortOne V1, as the completion needs it. */
export function createProvider (client: ClientInternals): PaymentProvider {
  return {
    async lookUp (impUid, deadline) {
      assertImpUid(impUid) // it becomes part of a path
      return client.lookUp(impUid, deadline)
    },
    lookUpByOrder: client.findOrderPayment,
    refund: ({ imp_uid }, checksum, reason, deadline) =>
      resultOf(client.cancelOnce({ imp_uid, checksum, reason }, deadline)),
    closeAccount: ({ imp_uid }, deadline) => resultOf(client.revokeOnce(imp_uid, deadline)),
    list: client.list,
  }
}
