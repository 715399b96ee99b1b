import type { FastifyError, FastifyInstance } from 'fastify'
import type { Clock } from '../../clock.js'
import type { Faults } from '../../faults/faults.js'
import type { Store } from '../../store.js'
import type { Billing } from '../billing.js'
import type { Ends } from '../ends.js'
import { ApiRefusal } from '../errors.js'
import type { V2Lifecycle } from '../lifecycle.js'
import type { V2Store } from '../store.js'
import type { V2Webhooks } from '../webhooks.js'
import { requireSecret } from './access.js'
import { mountBilling } from './billing.js'
import { mountV2Cancel } from './cancel.js'
import { mountConfirm } from './confirm.js'
import { mountEarlyFaults, mountLateFaults } from './faults.js'
import { mountIdempotency } from './idempotency.js'
import { mountLists } from './lists.js'
import { createFinder, mountV2Lookups } from './lookups.js'
import { mountResend } from './webhooks.js'

interface V2RestParts {
  apiSecret: string
  storeId: string
  store: V2Store
  v1: Store
  faults: Faults
  lifecycle: V2Lifecycle
  ends: Ends
  billing: Billing
  webhooks: V2Webhooks
  clock: Clock
  closing: AbortSignal
  /** Called when everything is forgotten. */
  onClear (listener: () => void): void
}

/** A body is JSON, whatever it is called: the provider's own server SDK sends it as text. */
function parseJson (api: FastifyInstance): void {
  const parse = api.getDefaultJsonParser('error', 'error')
  api.removeAllContentTypeParsers()
  api.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : parse(request, String(body), done)
  )
}

/** The provider's REST API of V2. */
export function v2RestApi (parts: V2RestParts) {
  const { apiSecret, storeId, store, v1, lifecycle, ends, billing, webhooks, clock, closing, onClear } = parts
  const faults = parts.faults.of('v2')
  return async function rest (api: FastifyInstance): Promise<void> {
    parseJson(api)
    api.setErrorHandler<FastifyError>((error, request, reply) => {
      if (error instanceof ApiRefusal) return reply.code(error.statusCode).send(error.body)
      const status = error.statusCode ?? 500
      if (status < 500) return reply.code(status).send({ type: 'INVALID_REQUEST', message: error.message })
      request.log.error(error)
      return reply.code(status).send({ type: 'INTERNAL', message: error.message })
    })
    // No type: it must not be taken for a payment that does not exist.
    api.setNotFoundHandler((_, reply) => reply.code(404).send({ message: 'There is no such endpoint in the sandbox' }))
    mountEarlyFaults(api, faults)
    requireSecret(api, apiSecret, faults)
    mountIdempotency(api, clock, onClear)
    mountLateFaults(api, faults, closing)
    const finder = createFinder(store, storeId)
    mountV2Lookups(api, store, v1, finder)
    mountLists(api, store, v1, storeId, clock)
    mountV2Cancel(api, finder, ends)
    mountConfirm(api, { store, finder, lifecycle, clock })
    mountBilling(api, billing, storeId, clock)
    mountResend(api, finder, webhooks)
  }
}
