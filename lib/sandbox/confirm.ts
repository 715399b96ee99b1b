import type { Dispatcher } from 'undici'
import { post } from './post.js'
import type { Entry, Store } from './store.js'

/** Milliseconds that the merchant's server has to agree. Documented: 10 s (5 s in another place). */
const CONFIRM_TIMEOUT_MS = 10_000

/** Asks the merchant's server just before an approval. @returns why it refuses; `undefined`: it agrees, with a 200 */
export type AskConfirmation = (entry: Entry) => Promise<string | undefined>

function reasonIn (text: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(text)
    return typeof answer === 'object' && answer !== null && 'reason' in answer && typeof answer.reason === 'string'
      ? answer.reason
      : undefined
  } catch {
    return undefined
  }
}

export function createConfirmation (
  store: Store,
  options: { confirmUrl: string | undefined, dispatcher: Dispatcher, signal: AbortSignal }
): AskConfirmation {
  return async function askConfirmation (entry) {
    const url = entry.request.confirm_url ?? options.confirmUrl
    if (url === undefined) return undefined
    const { imp_uid, merchant_uid, amount, currency } = entry.payment
    const { status, text } = await post(url, { imp_uid, merchant_uid, amount }, {
      format: 'json', timeoutMs: CONFIRM_TIMEOUT_MS, dispatcher: options.dispatcher, signal: options.signal,
    })
    store.record(entry, 'confirm', `${amount} ${currency}`, { url, answer: { status, text } })
    return status === 200 ? undefined : reasonIn(text) ?? `confirm_process 거절 (${status === 0 ? text : status})`
  }
}
