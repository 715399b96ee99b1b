import { createHmac, randomUUID } from 'node:crypto'

/** A webhook secret, by which `signatureOf` signs. */
export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** The headers of a message that PortOne signs. */
export function signatureOf (body: string, { secret = WEBHOOK_SECRET, ageSec = 0 } = {}): Record<string, string> {
  const id = randomUUID()
  const timestamp = String(Math.floor(Date.now() / 1000) - ageSec)
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}
