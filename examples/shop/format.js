/** @param {number} amount */
export const won = (amount) => `${amount.toLocaleString('ko-KR')}원`

const koreanTime = new Intl.DateTimeFormat('ko-KR', {
  month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'Asia/Seoul',
})

/** In Korea: `1월 31일 18:00`. @param {Date} date */
export const time = (date) => koreanTime.format(date)
