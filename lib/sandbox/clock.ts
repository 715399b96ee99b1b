/** Milliseconds since 1970, as `Date.now` gives them. */
export type Clock = () => number

export const secondsOf = (ms: number): number => Math.floor(ms / 1000)

/** Hours: Korea is this far ahead of UTC, all year. */
const KOREA_OFFSET_HOURS = 9
/** Seconds: how long an account takes the deposit where the page names no end. PGs give 3 to 10 days. */
const DEFAULT_DUE_SEC = 7 * 24 * 60 * 60

/** UNIX seconds of `YYYY-MM-DD`, `YYYYMMDD`, `YYYYMMDDHHmm` or `YYYY-MM-DD HH:mm:ss`; a day alone means its end. */
export function dueAt (due: string | undefined, now: number): number {
  const parts = /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d))?)?$/.exec(due?.trim() ?? '')
  if (!parts) return now + DEFAULT_DUE_SEC
  const [, year, month, day, hour = '23', minute = '59', second = hour === '23' && minute === '59' ? '59' : '00'] =
    parts
  return (
    Date.UTC(
      Number(year),
      Number(month) - 1,
      Number(day),
      Number(hour) - KOREA_OFFSET_HOURS,
      Number(minute),
      Number(second)
    ) / 1000
  )
}
