import { html, type Html } from '../html.js'
import type { Portone } from '../portone/index.js'
import type { ConsoleWords } from './words/words.js'

/** What a shop is set up with. */
export interface Settings { impKey: string, impSecret: string, portone: Portone }

const line = (name: string, value: Html | string) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`
const code = (text: string) => html`<code>${text}</code>`

function channelsOf ({ channels }: Portone, words: ConsoleWords): Html {
  const rows = channels.map(({ key, type, isManual, cancelsLater }) => {
    const notes = [type, isManual && words.manual, cancelsLater && words.cancelsLater].filter(Boolean).join(' · ')
    return html`<li><code>${key}</code> ${notes}</li>`
  })
  return html`<ul>${rows}</ul>`
}

/** Keys, secrets and addresses of both generations. The page's script puts the sandbox's own address in. */
export function settings ({ impKey, impSecret, portone }: Settings, words: ConsoleWords): Html {
  const groups = portone.channelGroups.map(({ id, isForTest }) =>
    html`<li><code>${id}</code> ${isForTest ? 'TEST' : 'LIVE'}</li>`)
  return html`<details class="settings"><summary>${words.settings}</summary>
<div class="columns">
<section><h2>V1</h2><dl>
${line('impKey', code(impKey))}
${line('impSecret', code(impSecret))}
${line('baseUrl', html`<code class="origin"></code>`)}
${line(words.script, html`<code><span class="origin"></span>/v1/iamport.js</code>`)}
</dl></section>
<section><h2>V2</h2><dl>
${line('storeId', code(portone.storeId))}
${line('apiSecret', code(portone.apiSecret))}
${line(words.webhookSecret, code(portone.webhookSecret))}
${line('baseUrl', html`<code><span class="origin"></span>/portone</code>`)}
${line(words.script, html`<code><span class="origin"></span>/portone/v2/browser-sdk.js</code>`)}
${line(words.channels, channelsOf(portone, words))}
${line(words.channelGroups, html`<ul>${groups}</ul>`)}
</dl></section>
</div></details>`
}
