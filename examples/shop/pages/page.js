import { html } from './html.js'

/** The frame of every page. @param {string} title @param {unknown} content @param {unknown} [scripts] */
export function page (title, content, scripts) {
  return html`<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · 느린 가게</title>
<link rel="stylesheet" href="/shop.css">
${scripts}
</head>
<body>
<header><a href="/">느린 가게</a><span>fastify-iamport 예제 · 실제로 결제되지 않습니다</span></header>
<main>
${content}
</main>
</body>
</html>
`.text
}

/** A line of a `dl`; none without a value. @param {string} name @param {unknown} value @param {string} [kind] */
export const line = (name, value, kind) =>
  value !== null && html`<div class="${kind}"><dt>${name}</dt><dd>${value}</dd></div>`

/** Not our order, or no such page. @param {string} title @param {string} text */
export const notice = (title, text) => page(title, html`<section class="narrow"><h1>${title}</h1>
<p>${text}</p>
<p class="actions"><a href="/">가게로 돌아가기</a></p>
</section>`)
