/**
 * A bank or a card company with its Korean standard code (금융결제원), which `vbank_code`, `bank_code` and `card_code`
 * carry, and with V2's name for it.
 */
export interface Institution { code: string, name: string, v2: string }

export const BANKS: readonly Institution[] = [
  { code: '004', name: 'KB국민은행', v2: 'KOOKMIN' },
  { code: '088', name: '신한은행', v2: 'SHINHAN' },
  { code: '020', name: '우리은행', v2: 'WOORI' },
  { code: '081', name: '하나은행', v2: 'HANA' },
  { code: '011', name: 'NH농협은행', v2: 'NONGHYUP' },
  { code: '003', name: 'IBK기업은행', v2: 'IBK' },
  { code: '090', name: '카카오뱅크', v2: 'KAKAO' },
  { code: '092', name: '토스뱅크', v2: 'TOSS' },
]

export const CARDS: readonly Institution[] = [
  { code: '366', name: '신한카드', v2: 'SHINHAN_CARD' },
  { code: '381', name: 'KB국민카드', v2: 'KOOKMIN_CARD' },
  { code: '365', name: '삼성카드', v2: 'SAMSUNG_CARD' },
  { code: '367', name: '현대카드', v2: 'HYUNDAI_CARD' },
  { code: '368', name: '롯데카드', v2: 'LOTTE_CARD' },
  { code: '361', name: 'BC카드', v2: 'BC_CARD' },
  { code: '374', name: '하나카드', v2: 'HANA_CARD' },
  { code: '371', name: 'NH농협카드', v2: 'NH_CARD' },
]

/** The one of that code, else the first. */
export function institution (list: readonly Institution[], code: string | undefined): Institution {
  return list.find((one) => one.code === code) ?? list[0] ?? { code: '000', name: '샌드박스', v2: 'KOOKMIN' }
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
