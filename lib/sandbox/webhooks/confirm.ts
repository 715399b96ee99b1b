import type { Dispatcher } from 'undici'
import type { Entry, Store } from '../store.js'
import { encode, post } from './post.js'

/** Milliseconds that the merchant's server has to agree. Documented: 10 s (5 s in another place). */
const CONFIRM_TIMEOUT_MS = 10_000

/** Asks the merchant's server just before an approval. @returns why it refuses; `undefined`: it agrees, with a 200 */
export type AskConfirmation = (entry: Entry) => Promise<string | undefined>

/** The text of that name in a JSON answer: why the merchant refuses. */
export function reasonIn (text: string, name: 'reason' | 'errorMessage'): string | undefined {
  try {
    const answer: unknown = JSON.parse(text)
    const value: unknown = answer instanceof Object ? Object.entries(answer).find(([key]) => key === name)?.[1] : ''
    return typeof value === 'string' && value !== '' ? value : undefined
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
    const { status, text } = await post(url, encode({ imp_uid, merchant_uid, amount }, 'json'), {
      timeoutMs: CONFIRM_TIMEOUT_MS, dispatcher: options.dispatcher, signal: options.signal,
    })
    store.record(entry, 'confirm', `${amount} ${currency}`, { url, answer: { status, text } })
    if (status === 200) return undefined
    return reasonIn(text, 'reason') ?? `confirm_process 거절 (${status === 0 ? text : status})`
  }
}
