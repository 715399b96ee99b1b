import type { Word } from './words.js'

/** `unchecked`: an outage, or something else that says nothing about the shop's own settings. */
export type Status = 'ok' | 'wrong' | 'unchecked'

/** What is checked, as `--json` names it. */
export type Check =
  'iamport' | 'portone' | 'clock' | 'ledger' | 'webhook' | 'portone_webhook' | 'webhook_secret'

/** What one check found: a word with the values that stand in it. */
export interface Finding { check: Check, status: Status, word: Word, values: string[] }

type Found = (check: Check, word: Word, ...values: string[]) => Finding

export const ok: Found = (check, word, ...values) => ({ check, status: 'ok', word, values })
export const wrong: Found = (check, word, ...values) => ({ check, status: 'wrong', word, values })
export const unchecked: Found = (check, word, ...values) => ({ check, status: 'unchecked', word, values })

/** What an error says, with what is behind it. */
export function messageOf (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const behind = error.cause instanceof Error ? messageOf(error.cause) : ''
  return behind === '' || error.message.includes(behind) ? error.message : `${error.message}: ${behind}`
}
