import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Complete, Decided, Notification } from '../completion/notification.js'
import type { Completion } from '../completion/reply.js'
import { createNegativeCache } from '../concurrency/negative-cache.js'
import { BusyError, PaymentNotFoundError, ValidationError } from '../errors.js'
import { limitBody, WEBHOOK_BODY_BYTES } from '../routes/body-limit.js'
import { HIDDEN, UNLIMITED } from '../routes/provider-routes.js'
import { refusalReply } from './confirm.js'
import { readFields } from './raw-body.js'
import { assertSigned } from './signed.js'
import { isPortonePayment } from './payment.js'
import { PROVIDER } from './read-answer.js'
import { isAnotherAttempt, isShown, readWebhook, type WebhookNotification } from './webhook-body.js'

/** Characters of another store's id in the log, at most; the provider's have 42. */
const MAX_LOGGED = 100

interface WebhookSettings {
  storeId: string
  /** Empty: signatures are not checked. */
  webhookSecrets: readonly Buffer[]
  complete: Complete
}

/**
 * POST: the provider reports a change of a payment. Nothing in it is evidence; but after a valid signature it is known
 * to be true, and is answered 200 only when the lookup shows it too, so that it is redelivered until then.
 *
 * @param scope keeps raw bodies
 */
export function mountWebhook (scope: FastifyInstance, path: string, settings: WebhookSettings): void {
  const { storeId, webhookSecrets, complete } = settings
  const notFound = createNegativeCache(PROVIDER)
  const options = { ...limitBody(WEBHOOK_BODY_BYTES), config: UNLIMITED, schema: HIDDEN }

  scope.post(path, options, async function receiveWebhook (request, reply) {
    const { log } = request
    const isSigned = assertSigned(webhookSecrets, request)
    const body = readWebhook(readFields(request), storeId)
    switch (body.kind) {
      case 'ignored':
        if (body.why === 'other_store') {
          const otherStoreId = body.storeId.slice(0, MAX_LOGGED)
          log.warn({ storeId, otherStoreId }, 'webhook ignored: it is about another store')
        }
        return { status: 'ignored' }
      case 'malformed':
        log.warn({ problem: body.problem }, 'webhook refused')
        throw new ValidationError(body.problem)
      case 'confirmation':
        log.error('a confirmation was sent to the address for webhooks, and refused: the page must name the other one')
        return reply.code(409).send(refusalReply('confirmations have an address of their own'))
      case 'notification':
        return isSigned ? completeSigned(body, request) : completeUnsigned(body, request)
    }
  })

  const notificationOf = (
    { paymentId, transactionId }: WebhookNotification, request: FastifyRequest
  ): Notification => {
    const impUid = transactionId ?? undefined
    return { id: paymentId, impUid, merchantUid: paymentId, source: 'webhook', request, log: request.log }
  }

  /** Anyone could have sent it: made-up ids do not cost a lookup each. */
  async function completeUnsigned (body: WebhookNotification, request: FastifyRequest): Promise<Completion> {
    const { completion } = await notFound.lookUp(body.paymentId, () => complete(notificationOf(body, request)))
    return completion
  }

  async function completeSigned (body: WebhookNotification, request: FastifyRequest): Promise<Completion> {
    const { completion, looked } = await completeKnown(body, request)
    const payment = looked?.payment
    if (payment !== undefined && isPortonePayment(payment) && isShown(body, payment) &&
      (completion.success || !isAnotherAttempt(body, payment))) return completion
    const { paymentId, event } = body
    request.log.warn({ merchant_uid: paymentId, event }, 'the payment does not show yet what its webhook says')
    throw new BusyError()
  }

  /** A payment that the provider reports exists: not found means a lagging replica, or a wrong `storeId`. */
  async function completeKnown (body: WebhookNotification, request: FastifyRequest): Promise<Decided> {
    try {
      return await complete(notificationOf(body, request))
    } catch (cause) {
      if (!(cause instanceof PaymentNotFoundError)) throw cause
      request.log.error({ merchant_uid: body.paymentId }, 'a payment with a signed webhook is not found: check storeId')
      throw new BusyError({ cause })
    }
  }
}
