import type { FastifyInstance } from 'fastify'
import { setMaxListeners } from 'node:events'
import { createInFlightCounter } from '../concurrency/in-flight-counter.js'
import { UnavailableError } from '../errors.js'
import type { Source } from '../hooks.js'

/**
 * Milliseconds for which a closing app waits for hooks. Kubernetes and ECS kill a process 30 s after SIGTERM, systemd
 * after 90 s: this leaves time to close the shop's own connections, and to log which payments were left.
 */
const CLOSE_WAIT_MS = 20_000
/** Payments left by a closing app and named in the log, at most. */
const MAX_NAMED = 20

/** A payment in progress, as the log names it if the app does not wait for it. */
interface InProgress { imp_uid?: string | undefined, merchant_uid?: string | undefined, source: Source }

interface Shutdown {
  /** Aborted when the app begins to close. */
  signal: AbortSignal
  /** Starts work that a closing app waits for. @throws IAMPORT_UNAVAILABLE the app has waited long enough */
  track<T> (payment: InProgress, work: () => Promise<T>): Promise<T>
}

/**
 * The end with the app: waits for what is in progress, but not for ever.
 *
 * @param disconnect closes the connections that are the plugin's own, when all else has ended
 */
export function createShutdown (fastify: FastifyInstance, disconnect: () => Promise<void>): Shutdown {
  const inFlight = createInFlightCounter<InProgress>()
  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // a reconciliation adds one for every payment in progress
  let closeTimer: NodeJS.Timeout | undefined

  async function beginToClose () {
    if (closing.signal.aborted) return
    closing.abort()
    closeTimer = setTimeout(() => {
      const left = inFlight.abandon(() => new UnavailableError('the app is closing'))
      if (left.length === 0) return
      const fields = { left: left.length, payments: left.slice(0, MAX_NAMED) }
      fastify.log.error(fields, 'closed before all hooks had finished; reconcile to complete these payments')
    }, CLOSE_WAIT_MS)
  }

  // Fastify runs `onClose` only after all requests have ended, and one may wait for a hook: so the time starts here.
  fastify.addHook('preClose', beginToClose)
  fastify.addHook('onClose', async () => {
    await beginToClose()
    await inFlight.idle()
    clearTimeout(closeTimer)
    await disconnect()
  })

  return { signal: closing.signal, track: inFlight.track }
}
