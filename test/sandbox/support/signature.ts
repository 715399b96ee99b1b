import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** Whether one of a webhook's signatures is right, by Standard Webhooks: worked out here, not as the sandbox does. */
export function isSignedWith (secret: string, headers: IncomingHttpHeaders, rawBody: string): boolean {
  const hmac = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
  hmac.update(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${rawBody}`)
  return String(headers['webhook-signature']).split(' ').includes(`v1,${hmac.digest('base64')}`)
}
