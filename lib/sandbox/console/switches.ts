import type { FaultName } from '../faults/schemas.js'
import { html, type Html } from '../html.js'
import type { ConsoleWords } from './words.js'

type FieldName = keyof ConsoleWords['fields']
type Choice = keyof ConsoleWords['choices']

/** What a fault takes: a number to start with, or choices, the first of which is chosen. */
type Fields = Partial<Record<FieldName, number | readonly Choice[]>>
/** The switch of a fault. */
interface Switch { name: FaultName, fields?: Fields, once?: boolean }

/** Lookups first: during such a fault a shop can still register amounts, and so open its checkout. */
const on = ['lookup', 'any', 'token', 'list', 'cancel', 'prepare'] as const

const SWITCHES: Record<keyof ConsoleWords['groups'], readonly Switch[]> = {
  rest: [
    { name: 'latency', fields: { on, ms: 3000 } },
    { name: 'error', fields: { on } },
    { name: 'rate_limit', fields: { on, retryAfterSec: 3 } },
    { name: 'disconnect', fields: { on } },
    { name: 'revoked_token', once: true },
  ],
  webhook: [
    { name: 'lost_webhook' },
    { name: 'redelivered_webhook', fields: { everyMs: 5000 } },
    { name: 'late_webhook', fields: { ms: 5000 } },
    { name: 'duplicate_webhook' },
    { name: 'reordered_webhook' },
    { name: 'webhook_first' },
  ],
  payment: [
    { name: 'late_approval', fields: { status: ['ready', 'failed'], ms: 5000 } },
    { name: 'test_channel' },
    { name: 'tampered_amount', fields: { amount: 100 } },
    {
      name: 'callback',
      fields: { variant: ['legacy', 'in_app', 'flagless', 'without_imp_uid', 'contradicting'] },
    },
  ],
}

const namesOf = <Key extends string>(map: Partial<Record<Key, unknown>>): Key[] =>
  (Object.keys(map) as Key[])

function field (name: FieldName, value: number | readonly Choice[], label: string, words: ConsoleWords): Html {
  const unit = words.fields[name]
  const title = `${label} ${unit}`.trim()
  if (typeof value !== 'number') {
    const choices = value.map((code) => html`<option value="${code}">${words.choices[code]}</option>`)
    return html`<select name="${name}" aria-label="${title}">${choices}</select>`
  }
  return html`<input type="number" name="${name}" value="${value}" min="0" aria-label="${title}"><span>${unit}</span>`
}

function row ({ name, fields = {}, once = false }: Switch, words: ConsoleWords): Html {
  const label = words.switches[name]
  return html`<div class="switch" data-fault="${name}" data-once="${String(once)}">
<label><input type="checkbox" role="switch"> ${label}</label>
<div class="fields">${namesOf(fields).map((key) => field(key, fields[key] ?? 0, label, words))}</div>
</div>`
}

/** The switches of all faults, by what they hit. */
export const switchBoard = (words: ConsoleWords): Html[] => namesOf(SWITCHES).map((group) => html`<fieldset>
<legend>${words.groups[group]}</legend>${SWITCHES[group].map((one) => row(one, words))}
</fieldset>`)
