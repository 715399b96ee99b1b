import { arrange, element, time, words } from './console-dom.js'

/** Characters of an answer that are shown as they are; of a longer one, until it is opened, only the beginning. */
const SHORT = 60

/** The beginning of a text, cut after a whole word. JSON without spaces ends its words with a comma. */
function shorten (text) {
  const start = text.slice(0, SHORT + 1)
  const end = Math.max(...[' ', ',', '{', '['].map((sign) => start.lastIndexOf(sign)))
  return text.slice(0, end > 0 ? end : SHORT) + '…'
}

/** Small print that may go on in the next line after each of its parts, and not in the middle of one. */
function breakable (text, parts, className) {
  const code = element('code', { className })
  for (const part of text.match(parts).filter(Boolean)) code.append(part, document.createElement('wbr'))
  return code
}

const addressOf = (url) => breakable(url, /[^/?&]*[/?&]*/g, 'address')

/** The shop's answer; a long one is opened by pointer, finger or key. */
function answerOf ({ status, text }) {
  const whole = [status || words.noAnswer, text].filter(Boolean).join(' ')
  const answer = breakable(whole, /[^,{[ ]*[,{[ ]*/g, 'answer')
  if (whole.length <= SHORT) return answer
  return element('details', {}, element('summary', { textContent: shorten(whole) }), answer)
}

const textOf = ({ text, note, url, answer }) => element(
  'div',
  {},
  [text, note && words.notes[note]].filter(Boolean).join(' · '),
  url && addressOf(url),
  answer && answerOf(answer)
)

const itemOf = (line) => element(
  'li',
  {},
  element('time', { textContent: time(line.at) }),
  element('b', { textContent: words.events[line.event] }),
  textOf(line)
)

/** The lines of a payment, newest first. A line never changes: it is drawn once, and what was opened stays open. */
export function createHistory () {
  const list = element('ol', { className: 'history' })
  let items = new Map()

  return {
    list,
    show (history) {
      const shown = new Map()
      for (const line of history) {
        // Two webhooks at once may leave the same line twice.
        let key = JSON.stringify(line)
        while (shown.has(key)) key += '+'
        shown.set(key, items.get(key) || itemOf(line))
      }
      items = shown
      arrange(list, [...shown.values()].reverse())
    }
  }
}
