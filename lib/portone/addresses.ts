/**
 * The address that PortOne's V2 webhooks come from.
 * Source: https://developers.portone.io/opi/ko/integration/webhook/readme-v2
 */
export const PORTONE_WEBHOOK_ADDRESSES: readonly string[] = ['52.78.5.241']
