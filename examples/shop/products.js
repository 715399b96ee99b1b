/** What the shop sells, in won. The page shows these prices; no order costs what a page sends. */
export const PRODUCTS = [
  { id: 'mug', name: '달항아리 머그컵', price: 14_000, detail: '손으로 빚은 백자 머그컵. 320 ml.' },
  { id: 'chair', name: '노르웨이 회전 의자', price: 189_000, detail: '참나무 등받이, 양모 좌판. 조립되어 배송됩니다.' },
  { id: 'postcard', name: '제주 엽서 한 장', price: 1_500, detail: '비자림의 아침. 재생지에 인쇄했습니다.' },
]

/** @param {unknown} id */
export const productOf = (id) => PRODUCTS.find((product) => product.id === id)

/** @param {string} [name] */
export const productNamed = (name) => PRODUCTS.find((product) => product.name === name)
