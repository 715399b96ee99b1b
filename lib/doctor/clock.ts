import { MAX_OFF_SEC } from '../iamport/clock.js'
import { ok, unchecked, wrong, type Finding } from './finding.js'
import { request } from './request.js'

/**
 * Compares this machine's clock with the `Date` of an answer of the provider's. Nothing is found where there is no
 * answer: the check of the credentials has said so.
 */
export async function checkClock (api: string, url: string, timeoutMs: number): Promise<Finding[]> {
  const sentAt = Date.now()
  const answer = await request({ check: 'clock', url, timeoutMs })
  const half = (Date.now() - sentAt) / 2
  if ('word' in answer) return []
  const date = Date.parse(answer.headers.get('date') ?? '')
  if (Number.isNaN(date)) return [unchecked('clock', 'clock_unknown', api)]
  const off = Math.abs(Math.round((sentAt + half - (date + 500)) / 1000)) // a `Date` is cut to the second
  return [off <= MAX_OFF_SEC ? ok('clock', 'clock_ok', String(off)) : wrong('clock', 'clock_wrong', String(off))]
}
