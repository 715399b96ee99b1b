import formbody from '@fastify/formbody'
import type { FastifyError, FastifyInstance } from 'fastify'
import type { Clock } from '../clock.js'
import { RefusedError } from '../errors.js'
import type { Faults } from '../faults/faults.js'
import type { Lifecycle } from '../lifecycle.js'
import type { Store } from '../store.js'
import type { Tokens } from '../token.js'
import { mountToken, requireToken, type Account } from './access.js'
import { mountCancel } from './cancel.js'
import { refuse } from './envelope.js'
import { mountLookups } from './lookups.js'
import { mountOnetime } from './onetime.js'
import { mountPages } from './pages.js'
import { mountPrepare } from './prepare.js'
import { mountFaults } from './faults.js'

interface RestParts {
  account: Account
  store: Store
  tokens: Tokens
  faults: Faults
  lifecycle: Lifecycle
  clock: Clock
  closing: AbortSignal
}

/** The provider's REST API. */
export function restApi ({ account, store, tokens, faults, lifecycle, clock, closing }: RestParts) {
  return async function rest (api: FastifyInstance): Promise<void> {
    await api.register(formbody)
    // Clients announce JSON with DELETE and send none.
    const parse = api.getDefaultJsonParser('error', 'error')
    api.removeContentTypeParser('application/json')
    api.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) =>
      body === '' ? done(null, {}) : parse(request, String(body), done)
    )
    api.setErrorHandler<FastifyError>((error, request, reply) => {
      // What the provider refuses, it refuses with HTTP 200 and a code.
      if (error instanceof RefusedError) return refuse(reply, 200, error.message)
      if ((error.statusCode ?? 500) >= 500) request.log.error(error)
      return refuse(reply, error.statusCode ?? 500, error.message)
    })
    mountFaults(api, faults, tokens, closing)
    mountToken(api, account, tokens)
    await api.register(async (guarded) => {
      requireToken(guarded, tokens)
      mountLookups(guarded, store)
      mountPages(guarded, store, clock)
      mountCancel(guarded, store, lifecycle)
      mountPrepare(guarded, store)
      mountOnetime(guarded, lifecycle)
    })
  }
}
