import type { FastifyReply } from 'fastify'

/** Markup that is safe to send: made by {@link html} alone. */
export class Html {
  constructor (readonly markup: string) {}
}

const escape = (text: string) => text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)

type Part = Html | string | number | null | undefined | false | readonly Part[]

function markupOf (part: Part): string {
  if (part instanceof Html) return part.markup
  if (typeof part === 'object' && part !== null) return part.map(markupOf).join('')
  return part === null || part === undefined || part === false ? '' : escape(String(part))
}

/** Markup with everything put into it escaped, but for other markup. Attributes must be quoted. */
export function html (pieces: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(pieces.reduce((markup, piece, index) => markup + markupOf(parts[index - 1]) + piece))
}

/** @param ancestors who may show this page in a frame: an origin, or `'none'` */
export function sendHtml (reply: FastifyReply, page: Html, ancestors = "'none'", statusCode = 200): FastifyReply {
  return reply
    .code(statusCode)
    .type('text/html; charset=utf-8')
    .header(
      'content-security-policy',
      [
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'",
        `base-uri 'none'; form-action 'none'; frame-ancestors ${ancestors}`,
      ].join('; ')
    )
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'no-store')
    .send(page.markup)
}

export function sendFile (reply: FastifyReply, body: string, type: 'css' | 'javascript'): FastifyReply {
  return reply
    .type(`text/${type}; charset=utf-8`)
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'no-cache')
    .send(body)
}
