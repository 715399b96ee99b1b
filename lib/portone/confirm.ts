import type { FastifyInstance } from 'fastify'
import type { Confirm } from '../completion/confirmation.js'
import { ValidationError } from '../errors.js'
import { toMajor } from '../money.js'
import { limitBody, WEBHOOK_BODY_BYTES } from '../routes/body-limit.js'
import { HIDDEN, UNLIMITED } from '../routes/provider-routes.js'
import { readFields } from './raw-body.js'
import { assertSigned } from './signed.js'
import { readConfirmation } from './webhook-body.js'

/** What V1 calls `reason`, V2 calls `errorMessage`. */
export const refusalReply = (reason: string) => ({ reason, errorMessage: reason })

interface ConfirmSettings {
  storeId: string
  /** Empty: signatures are not checked. */
  webhookSecrets: readonly Buffer[]
  confirm: Confirm
}

/**
 * POST: the provider requests a confirmation just before it approves a payment (`confirmUrl`). Any status but 200
 * refuses.
 *
 * @param scope keeps raw bodies
 */
export function mountConfirm (scope: FastifyInstance, path: string, settings: ConfirmSettings): void {
  const { storeId, webhookSecrets, confirm } = settings
  const options = { ...limitBody(WEBHOOK_BODY_BYTES), config: UNLIMITED, schema: HIDDEN }

  scope.post(path, options, async function confirmPayment (request, reply) {
    assertSigned(webhookSecrets, request)
    const attempt = readConfirmation(readFields(request), storeId)
    if (attempt.kind === 'malformed') {
      request.log.warn({ problem: attempt.problem }, 'confirmation refused')
      throw new ValidationError(attempt.problem)
    }
    const { paymentId, txId, totalAmount } = attempt
    const reason = await confirm({
      imp_uid: txId,
      merchant_uid: paymentId,
      // In the minor unit of a currency that only the order tells.
      amount: (currency) => toMajor(totalAmount, currency),
    }, request)
    return reason === undefined ? {} : reply.code(409).send(refusalReply(reason))
  })
}
