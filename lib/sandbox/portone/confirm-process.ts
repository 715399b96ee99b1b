import type { Dispatcher } from 'undici'
import type { Clock } from '../clock.js'
import { reasonIn } from '../webhooks/confirm.js'
import { encode, post } from '../webhooks/post.js'
import type { V2Entry } from './entry.js'
import type { V2Store } from './store.js'
import { timeOf } from './wire.js'
import type { V2Webhooks, WebhookVersion } from './webhooks.js'

/** Milliseconds that the merchant's server has to agree. Until June 2024 the provider's page said 10 s. */
const CONFIRM_TIMEOUT_MS = 10_000

interface ConfirmProcessParts {
  store: V2Store
  webhooks: V2Webhooks
  clock: Clock
  version: WebhookVersion
  dispatcher: Dispatcher
  signal: AbortSignal
}

/** Asks the page's `confirmUrl` just before an approval. @returns why it refuses; `undefined`: it agrees, with a 200 */
export function createConfirmProcess ({ store, webhooks, clock, version, dispatcher, signal }: ConfirmProcessParts) {
  return async function askConfirmation (entry: V2Entry): Promise<string | undefined> {
    const { confirmUrl: url, payment: { paymentId, transactionId, total, currency } } = entry
    if (url === undefined) return undefined
    const content = encode(version === '2024-01-01'
      ? { payment_id: paymentId, tx_id: transactionId, total_amount: total }
      : {
          type: 'Transaction.Confirm',
          timestamp: timeOf(clock()),
          data: { paymentId, transactionId, totalAmount: total },
        }, 'json')
    const headers = webhooks.sign(content.text)
    const { status, text } = await post(url, content, { headers, timeoutMs: CONFIRM_TIMEOUT_MS, dispatcher, signal })
    store.record(entry, 'confirm', `${total} ${currency}`, { url, answer: { status, text } })
    return status === 200
      ? undefined
      : reasonIn(text, 'errorMessage') ?? `컨펌 프로세스가 거절되었습니다. (${status === 0 ? text : status})`
  }
}
