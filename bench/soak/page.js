import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'

/** How often a buyer reloads the page that did not answer, or answered with an error. */
const RELOADS = 2
/** Milliseconds that the buyer waits before. */
const RELOAD_MS = 50

/** @typedef {{ id: string, status: string, reason?: string, amount: number }} Reply */

/** @param {Error} error @returns {false} the connection was lost @throws any other error */
function falseIfLost (error) {
  if ('code' in error) return false
  throw error
}

/** The buyers' browsers. @param {string} origin @param {number} connections */
export function createPage (origin, connections) {
  const pool = new Pool(origin, { connections })
  /** What buyers have read. @type {Reply[]} */
  const replies = []
  let unanswered = 0

  /** @param {string} path @param {object} payload @returns {Promise<boolean>} whether there is nothing to reload */
  async function postOnce (path, payload) {
    const { statusCode, body } = await pool.request({
      method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(payload),
    })
    const text = await body.text()
    if (statusCode === 200) {
      const { imp_uid: id, status, reason, amount } = JSON.parse(text)
      replies.push({ id, status, reason, amount })
    }
    if (statusCode >= 400 && statusCode < 500) {
      throw new Error(`POST ${path} ${JSON.stringify(payload)}: ${statusCode} ${text}`)
    }
    return statusCode < 500
  }

  return {
    replies,
    /** Pages that gave up: the app was restarting, or its provider was out of reach. */
    unanswered: () => unanswered,
    /** The page comes back; nobody is there while the app restarts. @param {string} path @param {object} payload */
    async post (path, payload) {
      for (let reload = 0; reload <= RELOADS; reload++) {
        if (await postOnce(path, payload).catch(falseIfLost)) return
        await sleep(RELOAD_MS)
      }
      unanswered++
    },
    /** A phone comes back by a redirect. @param {string} path @param {Record<string, string>} query */
    async redirect (path, query) {
      const { body } = await pool.request({ method: 'GET', path, query })
      await body.dump()
    },
    close: () => pool.close(),
  }
}

/** @typedef {ReturnType<typeof createPage>} Page */
