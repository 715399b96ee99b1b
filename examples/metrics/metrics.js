import diagnostics from 'node:diagnostics_channel'
import { COMPLETION_CHANNEL } from 'fastify-iamport'
import { Counter, Histogram, Registry } from 'prom-client'

/**
 * Counts what becomes of payments, for Prometheus: served at `/metrics`, which nobody but your Prometheus should reach.
 *
 * @param {import('fastify').FastifyInstance} app
 */
export async function metrics (app) {
  const registry = new Registry()
  const completions = new Counter({
    name: 'iamport_completions_total',
    help: 'Notifications by the way they came and what was decided; outcome is a status, a reason of a failure, or a code',
    labelNames: ['source', 'outcome', 'replayed'],
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'iamport_completion_seconds',
    help: 'Seconds from a notification until its payment was seen (lookup), and for deciding and the hook (hook)',
    labelNames: ['source', 'part'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 12],
    registers: [registry],
  })

  /** @param {unknown} message */
  function count (message) {
    const { source, status, reason, code, replayed, lookupMs, hookMs } = /** @type {import('fastify-iamport').CompletionEvent} */ (message)
    completions.inc({ source, outcome: reason ?? status ?? code ?? 'unknown', replayed: String(replayed ?? false) })
    durations.observe({ source, part: 'lookup' }, lookupMs / 1000)
    if (replayed === false) durations.observe({ source, part: 'hook' }, hookMs / 1000)
  }
  diagnostics.subscribe(COMPLETION_CHANNEL, count)
  app.addHook('onClose', async () => { diagnostics.unsubscribe(COMPLETION_CHANNEL, count) })

  app.get('/metrics', async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()))
}
