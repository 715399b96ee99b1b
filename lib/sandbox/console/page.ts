import { html, type Html } from '../html.js'
import type { Language } from '../language.js'
import { nameOfMethod } from '../methods.js'
import { settings, type Settings } from './settings.js'
import { METHOD_CODES } from './summary.js'
import { switchBoard } from './switches.js'
import { WORDS } from './words/words.js'

/** The two lines of a shop that change. */
const connect = (script: string, baseUrl: string) => html`
<code>&lt;script src="<span class="origin"></span>${script}"&gt;&lt;/script&gt;</code><br>
<code>baseUrl: '<span class="origin"></span>${baseUrl}'</code>`

/** The shell; /assets/console.js fills it. */
export function consolePage (shop: Settings, language: Language): Html {
  const words = WORDS[language]
  const other = language === 'ko' ? 'en' : 'ko'
  const methods = METHOD_CODES.map((code) => html`<option value="${code}">${nameOfMethod(code, language)}</option>`)
  const [before, after] = words.payments.split('{}')
  const names = Object.fromEntries([...METHOD_CODES, 'point'].map((code) => [code, nameOfMethod(code, language)]))
  const client = { ...words.client, methods: names }
  const channels = shop.portone.channels.map(({ key }) =>
    html`<option value="${key}">${key.replace('channel-key-', '')}</option>`)
  const versions = html`<option value="">${words.both}</option>
<option value="v1">V1</option><option value="v2">V2</option>`
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.title}</title>
<link rel="stylesheet" href="/assets/console.css">
<script src="/assets/console.js" type="module"></script>
</head>
<body data-words="${JSON.stringify(client)}">
<header>
<div><h1>${words.title}</h1><p>${words.intro}</p></div>
<p><span id="connection" role="status">${words.connecting}</span>
<a href="?lang=${other}" lang="${other}">${words.otherLanguage}</a></p>
</header>
${settings(shop, words)}
<main>
<section class="list" aria-labelledby="payments">
<div class="bar"><h2 id="payments">${before}<span id="total">0</span>${after}</h2>
<form id="make">
<select name="generation" aria-label="${words.version}"><option value="v1">V1</option>
<option value="v2">V2</option></select>
<select name="channel" aria-label="${words.channel}" hidden>${channels}</select>
<input name="order" maxlength="40" autocomplete="off"
  aria-label="${words.order}" placeholder="${words.orderHint}">
<select name="method" aria-label="${words.method}">${methods}</select>
<input name="amount" type="number" min="1" value="14000" aria-label="${words.amount}"><button>${words.make}</button>
</form></div>
<div class="bar finder">
<input id="search" type="search" autocomplete="off" aria-label="${words.search}" placeholder="${words.searchHint}">
<select id="generation" aria-label="${words.versionShown}">${versions}</select></div>
<div id="empty"><p>${words.empty}</p>
<dl>
<div><dt>V1</dt><dd>${connect('/v1/iamport.js', '')}</dd></div>
<div><dt>V2</dt><dd>${connect('/portone/v2/browser-sdk.js', '/portone')}</dd></div>
</dl></div>
<p id="not-found" class="hint" hidden>${words.notFound}</p>
<ul id="rows"></ul>
<button type="button" id="more" hidden>${words.more}</button>
</section>
<section class="detail" aria-label="${words.selected}" id="detail" tabindex="-1">
<p class="hint">${words.hint}</p></section>
<section class="faults" aria-labelledby="faults">
<div class="bar"><h2 id="faults">${words.faults}</h2>
<select id="fault-api" aria-label="${words.faultApi}">${versions}</select>
<button type="button" id="calm">${words.calm}</button></div>
${switchBoard(words)}
</section>
</main>
<div id="message" hidden>
<p id="message-text" role="alert"></p><button type="button" id="dismiss" aria-label="${words.dismiss}">✕</button>
</div>
</body>
</html>
`
}
