/**
 * A bank or a card company with its Korean standard code (금융결제원), which `vbank_code`, `bank_code` and `card_code`
 * carry.
 */
export interface Institution { code: string, name: string }

export const BANKS: readonly Institution[] = [
  { code: '004', name: 'KB국민은행' },
  { code: '088', name: '신한은행' },
  { code: '020', name: '우리은행' },
  { code: '081', name: '하나은행' },
  { code: '011', name: 'NH농협은행' },
  { code: '003', name: 'IBK기업은행' },
  { code: '090', name: '카카오뱅크' },
  { code: '092', name: '토스뱅크' },
]

export const CARDS: readonly Institution[] = [
  { code: '366', name: '신한카드' },
  { code: '381', name: 'KB국민카드' },
  { code: '365', name: '삼성카드' },
  { code: '367', name: '현대카드' },
  { code: '368', name: '롯데카드' },
  { code: '361', name: 'BC카드' },
  { code: '374', name: '하나카드' },
  { code: '371', name: 'NH농협카드' },
]

/** The one of that code, else the first. */
export function institution (list: readonly Institution[], code: string | undefined): Institution {
  return list.find((one) => one.code === code) ?? list[0] ?? { code: '000', name: '샌드박스' }
}

/** Why a PG declines, by the code that the window sends. */
export const DECLINES: ReadonlyMap<string, string> = new Map([
  ['limit', '한도초과'],
  ['balance', '잔액부족'],
  ['lost', '분실·도난 신고된 카드'],
  ['expired', '유효기간 만료'],
  ['password', '비밀번호 오류 횟수 초과'],
  ['issuer', '카드사 점검 중'],
])
