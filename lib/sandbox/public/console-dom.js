/** What the page says, in its language. */
export const words = JSON.parse(document.body.dataset.words)
const { lang } = document.documentElement

/** Puts a value into a sentence. */
export const fill = (sentence, value) => sentence.replace('{}', value)

const nameOf = (method) => Object.hasOwn(words.methods, method) ? words.methods[method] : method

/** Its method, with the wallet if there is one. The page may name a method of its own. */
export const methodOf = ({ method, wallet }) => wallet ? nameOf(wallet) + ' (' + nameOf(method) + ')' : nameOf(method)

export const byId = (id) => document.getElementById(id)

/** An element; text never becomes markup. */
export function element (tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children.filter((child) => child !== undefined))
  return made
}

/** Makes these the children, in this order. Those that stay are not touched, so that they keep focus and scrolling. */
export function arrange (parent, wanted) {
  const staying = new Set(wanted)
  for (const child of [...parent.children]) if (!staying.has(child)) child.remove()
  wanted.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] || null)
  })
}

/**
 * Changes a part of the page. Where that takes the focused element away, the neighbour gets the focus: who works by
 * keyboard is not sent back to the top.
 */
export function keepFocus (part, change, neighbour) {
  const hadFocus = part.contains(document.activeElement)
  change()
  if (hadFocus && !part.contains(document.activeElement)) neighbour()?.focus({ preventScroll: true })
}

/** Does a button's work, one click at a time. It is not `disabled` meanwhile: that would take the focus from it. */
export async function whileBusy (button, work) {
  if (button.getAttribute('aria-disabled') === 'true') return
  button.setAttribute('aria-disabled', 'true')
  try {
    await work()
  } finally {
    button.removeAttribute('aria-disabled')
  }
}

export function money ({ amount, currency }) {
  if (currency !== 'KRW') return amount + ' ' + currency
  return lang === 'ko' ? amount.toLocaleString('ko-KR') + '원' : '₩' + amount.toLocaleString('en-US')
}

export const count = (number) => number.toLocaleString(lang === 'ko' ? 'ko-KR' : 'en-US')

/** `18:02:46`, in the time of this machine. */
export const time = (ms) => new Date(ms).toTimeString().slice(0, 8)

/** The colour of a state. */
const COLOURS = {
  paid: 'paid', partly: 'cancelled', cancelled: 'cancelled', cancelPending: 'cancelled', failed: 'failed',
}

export const badge = ({ state }) =>
  element('span', { className: 'badge ' + (COLOURS[state] || 'ready'), textContent: words.status[state] })
