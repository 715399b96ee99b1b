import { BANKS, CARDS, DECLINES, type Institution } from '../banks.js'
import { html, type Html } from '../html.js'
import { fill, formatMoney, formatTime, type Language } from '../language.js'
import { METHODS, nameOfMethod, WALLETS } from '../methods.js'
import { frame, type Shown } from './frame.js'
import type { Bill, Outcome } from './window.js'
import { WORDS, type CheckoutWords } from './words.js'

/** Won: from here a card may be charged in instalments. */
const INSTALMENT_FROM_KRW = 50_000
const INSTALMENTS = [2, 3, 4, 5, 6, 10, 12]

const options = (list: readonly Pick<Institution, 'code' | 'name'>[]) =>
  list.map(({ code, name }) => html`<option value="${code}">${name}</option>`)

function cardPanel ({ currency, amount }: Bill, words: CheckoutWords): Html {
  const quotas = currency === 'KRW' && amount >= INSTALMENT_FROM_KRW ? INSTALMENTS : []
  const months = quotas.map((count) => html`<option value="${count}">${fill(words.months, count)}</option>`)
  return html`<div class="panel" data-methods="card">
<label>${words.card}<select name="card">${options(CARDS)}</select></label>
<label>${words.quota}<select name="quota"><option value="0">${words.atOnce}</option>${months}</select></label>
${quotas.length === 0 && html`<p class="hint">${words.quotaHint}</p>`}
</div>`
}

function panels (bill: Bill, words: CheckoutWords, due: string): Html {
  const tel = bill.tel ?? '010-0000-0000'
  const carriers = words.carriers.map((name) => html`<option>${name}</option>`)
  return html`${cardPanel(bill, words)}
<div class="panel" data-methods="trans" hidden>
<label>${words.fromBank}<select name="trans">${options(BANKS)}</select></label>
</div>
<div class="panel" data-methods="vbank" hidden>
<label>${words.toBank}<select name="vbank">${options(BANKS)}</select></label>
<p class="hint">${fill(words.dueHint, due)}</p>
</div>
<div class="panel" data-methods="phone" hidden>
<label>${words.carrier}<select name="carrier">${carriers}</select></label>
<label>${words.phoneNumber}<input name="tel" inputmode="tel" autocomplete="off" value="${tel}"></label>
</div>
<div class="panel" data-methods="${WALLETS.join(' ')}" hidden>
<label>${words.source}<select name="source">
<option value="card">${words.sourceCard}</option><option value="money">${words.sourceMoney}</option>
</select></label>
</div>`
}

function methodChoice (code: string, chosen: string, language: Language): Html {
  const radio = html`<input type="radio" name="method" value="${code}"${code === chosen && html` checked`}>`
  return html`<label>${radio}<span>${nameOfMethod(code, language)}</span></label>`
}

const reasonsIn = ({ reasons }: CheckoutWords) =>
  Object.entries(reasons).filter(([code]) => DECLINES.has(code)).map(([code, name]) => ({ code, name }))

/** The window in which the buyer decides. */
export function checkoutPage (shown: Shown, id: string, bill: Bill): Html {
  const { language } = shown
  const words = WORDS[language]
  const other = language === 'ko' ? 'en' : 'ko'
  const amount = formatMoney(bill.amount, bill.currency, language)
  return frame(shown, fill(words.title, bill.name), html`data-id="${id}"`, html`<main>
<section class="order" aria-label="${words.orderLabel}">
<dl>
<div><dt>${words.name}</dt><dd>${bill.name}</dd></div>
<div><dt>${words.order}</dt><dd>${bill.order}</dd></div>
<div class="total"><dt>${words.amount}</dt><dd>${amount}</dd></div>
</dl>
</section>
<form id="form" novalidate>
<fieldset>
<legend>${words.method}</legend>
<div class="methods">${METHODS.map((code) => methodChoice(code, bill.method, language))}</div>
<div class="methods wallets">${WALLETS.map((code) => methodChoice(code, bill.method, language))}</div>
${panels(bill, words, formatTime(bill.due, language))}
</fieldset>
<fieldset class="terms">
<legend>${words.terms}</legend>
<label class="all"><input type="checkbox" id="agree-all"> ${words.agreeAll}</label>
${words.termNames.map((name) =>
    html`<label><input type="checkbox" name="terms" required> <span>${fill(words.required, name)}</span></label>`)}
</fieldset>
<p id="message" role="alert"></p>
<button type="submit" class="primary" id="approve">${fill(words.pay, amount)}</button>
<section class="tools" aria-labelledby="tools">
<h2 id="tools">${words.tools}</h2>
<div class="row"><label for="reason">${words.reason}</label>
<select id="reason" name="reason">${options(reasonsIn(words))}</select>
<button type="button" id="decline">${words.decline}</button></div>
<label><input type="checkbox" id="vanish"> ${words.vanish}</label>
<div class="row"><button type="button" id="leave">${words.leave}</button>
<a href="?lang=${other}" lang="${other}">${words.otherLanguage}</a></div>
</section>
</form>
</main>`)
}

/** Where there is nothing (more) to decide. @param isFresh the shop does not know yet: the page tells it at once */
export function closedPage (shown: Shown, { callback, redirect, failure }: Outcome, isFresh: boolean): Html {
  const words = WORDS[shown.language]
  const outcome = JSON.stringify({ callback, redirect })
  const attributes = html`data-outcome="${outcome}" data-fresh="${String(isFresh)}"`
  return frame(shown, words.resultTitle, attributes, html`<main class="result">
<h2>${failure === undefined ? words.done : words.notDone}</h2>
<p>${failure ?? words.doneText}</p>
${redirect !== undefined && html`<p><a class="primary" href="${redirect}">${words.back}</a></p>`}
</main>`)
}
