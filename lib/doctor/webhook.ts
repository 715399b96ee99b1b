import { randomUUID } from 'node:crypto'
import { sign } from '../portone/signature.js'
import { ok, unchecked, wrong, type Finding } from './finding.js'
import { request, type Answer, type Target } from './request.js'

const JSON_HEADERS = { 'content-type': 'application/json' }

/** Posts what the provider posts, of a payment that does not exist: the plugin looks it up, and knows that. */
export async function checkWebhook (url: string, timeoutMs: number): Promise<Finding> {
  const check = 'webhook'
  const body = JSON.stringify({ imp_uid: `imp_doctor_${randomUUID()}`, merchant_uid: 'doctor', status: 'paid' })
  const answer = await request({ check, url, timeoutMs }, { method: 'POST', headers: JSON_HEADERS, body })
  if ('word' in answer) return answer
  const code = answer.body?.code
  if (code === 'IAMPORT_PAYMENT_NOT_FOUND') return ok(check, 'webhook_ok', url)
  if (code === 'IAMPORT_FORBIDDEN') return unchecked(check, 'webhook_forbidden', url)
  if (code === 'FST_ERR_VALIDATION') return wrong(check, 'webhook_other_api', url, 'V1')
  return otherAnswer(check, url, answer)
}

/**
 * Posts a webhook that is ignored without a lookup, as of a checkout that was opened: without a signature, and signed.
 *
 * @param secrets none: only whether the app checks signatures
 */
export async function checkPortoneWebhook (url: string, timeoutMs: number, secrets: Buffer[]): Promise<Finding> {
  const check = 'portone_webhook'
  const target: Target = { check, url, timeoutMs }
  const data = { paymentId: 'doctor', transactionId: 'doctor' }
  const body = JSON.stringify({ type: 'Transaction.Ready', timestamp: new Date().toISOString(), data })
  const unsigned = await request(target, { method: 'POST', headers: JSON_HEADERS, body })
  if ('word' in unsigned) return unsigned
  if (isIgnored(unsigned)) {
    return secrets.length > 0 ? wrong(check, 'webhook_unsigned', url) : ok(check, 'webhook_open', url)
  }
  if (unsigned.body?.code === 'FST_ERR_VALIDATION') return wrong(check, 'webhook_other_api', url, 'V2')
  if (unsigned.body?.code !== 'IAMPORT_FORBIDDEN') return otherAnswer(check, url, unsigned)
  if (secrets.length === 0) return ok(check, 'webhook_checks', url)
  const headers = { ...JSON_HEADERS, ...signatureOf(body, secrets) }
  const signed = await request(target, { method: 'POST', headers, body })
  if ('word' in signed) return signed
  if (isIgnored(signed)) return ok(check, 'webhook_signed', url)
  if (signed.body?.code === 'IAMPORT_FORBIDDEN') return wrong(check, 'webhook_secret', url)
  return otherAnswer(check, url, signed)
}

const isIgnored = ({ status, body }: Answer) => status === 200 && body?.status === 'ignored'

/** By Standard Webhooks, with one signature for each secret, as during a rotation. */
function signatureOf (body: string, secrets: Buffer[]): Record<string, string> {
  const [id, timestamp] = [randomUUID(), String(Math.floor(Date.now() / 1000))]
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => `v1,${sign(secret, id, timestamp, body)}`).join(' '),
  }
}

/** What is not the plugin's, or not as it has to be. */
function otherAnswer (check: Target['check'], url: string, { status, headers, body }: Answer): Finding {
  const location = headers.get('location')
  if (status >= 300 && status < 400 && location !== null) return wrong(check, 'webhook_redirect', url, location)
  if (/html/.test(headers.get('content-type') ?? '')) return wrong(check, 'webhook_html', url, String(status))
  if (body?.code === 'IAMPORT_UNAUTHORIZED') return wrong(check, 'webhook_credentials', url)
  if (typeof body?.code === 'string' && body.code.startsWith('IAMPORT_') && status >= 500) {
    return unchecked(check, 'webhook_undecided', url, body.code)
  }
  if (status >= 500) return wrong(check, 'webhook_failed', url, String(status))
  return status === 404 ? wrong(check, 'webhook_no_route', url) : wrong(check, 'webhook_answer', url, String(status))
}
