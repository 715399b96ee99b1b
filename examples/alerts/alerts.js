import diagnostics from 'node:diagnostics_channel'
import { MANUAL_REFUND_CHANNEL } from 'fastify-iamport'

/**
 * Posts to a chat (an incoming webhook of Slack, or of anything that takes `{ text }`) when a payment needs a person.
 *
 * @param {import('fastify').FastifyInstance} app
 * @param {{ url: string }} options `url` is a secret: from the environment
 */
export async function alerts (app, { url }) {
  /** @param {unknown} message */
  async function post (message) {
    const event = /** @type {import('fastify-iamport').ManualRefundEvent} */ (message)
    const { provider, merchant_uid, imp_uid, reason, why, held } = event
    const payment = `order ${merchant_uid} (${provider} ${imp_uid}, ${reason}, ${why})`
    const toDo = why === 'maybe_delivered' ? 'It may have been delivered, so look before you refund' : 'Refund by hand'
    const text = `${toDo}: ${held.amount} ${held.currency} of ${payment}`
    try {
      const headers = { 'content-type': 'application/json' }
      const signal = AbortSignal.timeout(10_000)
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ text }), signal })
      if (!response.ok) throw new Error(`HTTP ${response.status}`)
    } catch (err) {
      app.log.error({ err, ...event }, 'the alert was not delivered') // the plugin has logged the payment as well
    }
  }
  diagnostics.subscribe(MANUAL_REFUND_CHANNEL, post)
  app.addHook('onClose', async () => { diagnostics.unsubscribe(MANUAL_REFUND_CHANNEL, post) })
}
