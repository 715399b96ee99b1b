/** What a shop's page pays in the sandbox, as it calls `PortOne.requestPayment`. */
export const portoneOrder = (storeId: string) => ({
  storeId,
  paymentId: 'order_1',
  orderName: '머그컵',
  totalAmount: 14000,
  currency: 'CURRENCY_KRW',
  payMethod: 'CARD',
  channelKey: 'channel-key-live',
})
