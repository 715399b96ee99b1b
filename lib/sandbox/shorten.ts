/** The beginning of a text, cut after a whole word: at most so many characters, and an ellipsis. */
export function shorten (text: string, max: number): string {
  if (text.length <= max) return text
  const start = text.slice(0, max + 1)
  // JSON without spaces ends its words with a comma or a bracket.
  const end = Math.max(...[' ', '\n', ',', '{', '[', '>'].map((sign) => start.lastIndexOf(sign)))
  // A single word longer than that has no better place.
  return `${text.slice(0, end > 0 ? end : max).trimEnd()}…`
}
