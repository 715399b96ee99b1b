import type { FaultName } from '../faults/schemas.js'
import { html, type Html } from '../html.js'
import { CHANNEL_KEYS } from '../portone/channels.js'
import { REFUSAL_TYPES } from '../portone/refusals.js'
import type { ConsoleWords } from './words/words.js'

/** What a fault takes: a number or a text to start with, or choices, the first of which is chosen. */
type Field = readonly [name: keyof ConsoleWords['fields'], value: number | string | readonly string[]]
/** The switch of a fault; `once`: it happens a single time; `api`: it is of that API alone. */
interface Switch { name: FaultName, fields?: readonly Field[], once?: boolean, api?: 'v1' | 'v2' }

/** That one chosen at first. */
const first = (one: string, all: readonly string[]) => [one, ...all.filter((other) => other !== one)]

/** Lookups first: during such a fault a shop can still register amounts, and so open its checkout. */
const ON: Field = ['on', ['lookup', 'any', 'token', 'list', 'cancel', 'prepare', 'confirm']]
/** Refusals are of writes first. */
const ON_WRITE: Field = ['on', ['cancel', 'confirm', 'any', 'lookup', 'list', 'prepare']]

const GROUPS: readonly (readonly [keyof ConsoleWords['groups'], readonly Switch[]])[] = [
  ['rest', [
    { name: 'latency', fields: [ON, ['ms', 3000]] },
    { name: 'error', fields: [ON] },
    { name: 'rate_limit', fields: [ON, ['retryAfterSec', 3]] },
    { name: 'disconnect', fields: [ON] },
    { name: 'revoked_token', once: true, api: 'v1' },
    { name: 'expired_secret', api: 'v2' },
    { name: 'refusal', fields: [['type', first('PG_PROVIDER', REFUSAL_TYPES)], ON_WRITE], api: 'v2' },
    { name: 'lost_answer', fields: [ON_WRITE], api: 'v2' },
  ]],
  ['webhook', [
    { name: 'lost_webhook' },
    { name: 'redelivered_webhook', fields: [['everyMs', 5000]] },
    { name: 'late_webhook', fields: [['ms', 5000]] },
    { name: 'duplicate_webhook' },
    { name: 'reordered_webhook' },
    { name: 'replayed_webhook', fields: [['ms', 5000]] },
    { name: 'wrong_signature', api: 'v2' },
    { name: 'webhook_first' },
  ]],
  ['payment', [
    { name: 'late_approval', fields: [['status', ['ready', 'failed']], ['ms', 5000]] },
    { name: 'test_channel' },
    { name: 'tampered_amount', fields: [['amount', 100]] },
    {
      name: 'callback',
      fields: [['variant', ['contradicting', 'legacy', 'in_app', 'flagless', 'without_imp_uid', 'undefined']]],
    },
    { name: 'tampered_channel', fields: [['channelKey', first('channel-key-test', CHANNEL_KEYS)]], api: 'v2' },
    { name: 'tampered_notice_urls', fields: [['url', 'http://127.0.0.1:9/']], api: 'v2' },
    { name: 'earlier_attempt', api: 'v2' },
    { name: 'pending_cancel', fields: [['end', ['succeeded', 'failed']], ['ms', 5000]], api: 'v2' },
    { name: 'failed_cancel', api: 'v2' },
  ]],
]

function field ([name, value]: Field, label: string, words: ConsoleWords): Html {
  const unit = words.fields[name]
  const title = `${label} ${unit}`.trim()
  if (typeof value === 'string') return html`<input name="${name}" value="${value}" aria-label="${title}">`
  if (typeof value !== 'number') {
    const names = new Map(Object.entries(words.choices))
    const choices = value.map((code) => html`<option value="${code}">${names.get(code) ?? code}</option>`)
    return html`<select name="${name}" aria-label="${title}">${choices}</select>`
  }
  return html`<input type="number" name="${name}" value="${value}" min="0" aria-label="${title}"><span>${unit}</span>`
}

function row ({ name, fields = [], once = false, api }: Switch, words: ConsoleWords): Html {
  const label = words.switches[name]
  return html`<div class="switch" data-fault="${name}" data-once="${String(once)}">
<label><input type="checkbox" role="switch"> ${label}</label>
${api && html`<small>${api.toUpperCase()}</small>`}
<div class="fields">${fields.map((one) => field(one, label, words))}</div>
</div>`
}

/** The switches of all faults, by what they hit. */
export const switchBoard = (words: ConsoleWords): Html[] => GROUPS.map(([group, switches]) => html`<fieldset>
<legend>${words.groups[group]}</legend>${switches.map((one) => row(one, words))}
</fieldset>`)
