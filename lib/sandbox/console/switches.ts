import type { FaultName } from '../faults/schemas.js'
import { html, type Html } from '../html.js'
import type { ConsoleWords } from './words.js'

type Choice = keyof ConsoleWords['choices']
/** What a fault takes: a number to start with, or choices, the first of which is chosen. */
type Field = readonly [name: keyof ConsoleWords['fields'], value: number | readonly Choice[]]
/** The switch of a fault; `once`: it happens a single time. */
interface Switch { name: FaultName, fields?: readonly Field[], once?: boolean }

/** Lookups first: during such a fault a shop can still register amounts, and so open its checkout. */
const ON: Field = ['on', ['lookup', 'any', 'token', 'list', 'cancel', 'prepare']]

const GROUPS: readonly (readonly [keyof ConsoleWords['groups'], readonly Switch[]])[] = [
  ['rest', [
    { name: 'latency', fields: [ON, ['ms', 3000]] },
    { name: 'error', fields: [ON] },
    { name: 'rate_limit', fields: [ON, ['retryAfterSec', 3]] },
    { name: 'disconnect', fields: [ON] },
    { name: 'revoked_token', once: true },
  ]],
  ['webhook', [
    { name: 'lost_webhook' },
    { name: 'redelivered_webhook', fields: [['everyMs', 5000]] },
    { name: 'late_webhook', fields: [['ms', 5000]] },
    { name: 'duplicate_webhook' },
    { name: 'reordered_webhook' },
    { name: 'webhook_first' },
  ]],
  ['payment', [
    { name: 'late_approval', fields: [['status', ['ready', 'failed']], ['ms', 5000]] },
    { name: 'test_channel' },
    { name: 'tampered_amount', fields: [['amount', 100]] },
    {
      name: 'callback',
      fields: [['variant', ['legacy', 'in_app', 'flagless', 'without_imp_uid', 'contradicting']]],
    },
  ]],
]

function field ([name, value]: Field, label: string, words: ConsoleWords): Html {
  const unit = words.fields[name]
  const title = `${label} ${unit}`.trim()
  if (typeof value !== 'number') {
    const choices = value.map((code) => html`<option value="${code}">${words.choices[code]}</option>`)
    return html`<select name="${name}" aria-label="${title}">${choices}</select>`
  }
  return html`<input type="number" name="${name}" value="${value}" min="0" aria-label="${title}"><span>${unit}</span>`
}

function row ({ name, fields = [], once = false }: Switch, words: ConsoleWords): Html {
  const label = words.switches[name]
  return html`<div class="switch" data-fault="${name}" data-once="${String(once)}">
<label><input type="checkbox" role="switch"> ${label}</label>
<div class="fields">${fields.map((one) => field(one, label, words))}</div>
</div>`
}

/** The switches of all faults, by what they hit. */
export const switchBoard = (words: ConsoleWords): Html[] => GROUPS.map(([group, switches]) => html`<fieldset>
<legend>${words.groups[group]}</legend>${switches.map((one) => row(one, words))}
</fieldset>`)
