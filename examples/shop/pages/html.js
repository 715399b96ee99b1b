/** Markup that may be sent as it is: made by {@link html} alone. */
class Markup {
  /** @param {string} text */
  constructor (text) { this.text = text }
}

/** @param {unknown} part @returns {string} */
function write (part) {
  if (part instanceof Markup) return part.text
  if (Array.isArray(part)) return part.map(write).join('')
  if (part === undefined || part === null || part === false) return ''
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/**
 * Everything put into it is escaped, except other markup.
 * @param {TemplateStringsArray} pieces @param {unknown[]} parts
 */
export const html = (pieces, ...parts) =>
  new Markup(pieces.reduce((text, piece, index) => text + write(parts[index - 1]) + piece))

/** @typedef {Markup} Html */
