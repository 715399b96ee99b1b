import { html, type Html } from '../html.js'
import type { Language } from '../language.js'
import { WORDS } from './words.js'

/** What both pages of the window know. */
export interface Shown {
  language: Language
  /** A layer over the shop's page, or a page of its own. */
  mode: string
  /** Of the shop's page. */
  origin: string
}

/** The window around its content. @param attributes for the page's script */
export function frame ({ language, mode, origin }: Shown, title: string, attributes: Html, content: Html): Html {
  const words = WORDS[language]
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/assets/checkout.css">
<script src="/assets/checkout.js" defer></script>
</head>
<body data-mode="${mode}" data-origin="${origin}" data-words="${JSON.stringify(words.script)}" ${attributes}>
<header>
<div><h1>${words.heading}</h1><p class="badge">${words.badge}</p></div>
<button type="button" id="close" aria-label="${words.close}">✕</button>
</header>
${content}
</body>
</html>
`
}
