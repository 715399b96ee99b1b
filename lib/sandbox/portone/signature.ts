import { createHmac, randomBytes } from 'node:crypto'

/** 32 bytes, the same in every sandbox, so that examples and tests can name it. */
export const DEFAULT_WEBHOOK_SECRET = `whsec_${Buffer.from('fastify-iamport-sandbox-webhooks').toString('base64')}`

/** Bytes of the secret that the fault `wrong_signature` signs with. */
const WRONG_SECRET_BYTES = 32

const keyOf = (secret: string) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64')

const signatureBy = (key: Buffer, content: string) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`

/**
 * The headers of a webhook, by Standard Webhooks: an HMAC-SHA256 of id, timestamp and raw body, one for each secret.
 * @param timestampSec UNIX seconds @param isWrong signed by nobody's secret
 */
export function signedHeaders (
  secrets: readonly string[], { id, timestampSec, text, isWrong }: {
    id: string
    timestampSec: number
    text: string
    isWrong: boolean
  }
): Record<string, string> {
  const content = `${id}.${timestampSec}.${text}`
  const keys = isWrong ? [randomBytes(WRONG_SECRET_BYTES)] : secrets.map(keyOf)
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSec),
    'webhook-signature': keys.map((key) => signatureBy(key, content)).join(' '),
  }
}
