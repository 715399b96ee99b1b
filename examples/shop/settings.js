const { env } = process

/** What `buildShop` is set up with, from the environment; without any, the sandbox's own on this machine. */
export function readSettings () {
  const iamportUrl = env.IMP_URL ?? 'http://127.0.0.1:4010'
  return {
    iamportUrl,
    impKey: env.IMP_KEY,
    impSecret: env.IMP_SECRET,
    portone: {
      baseUrl: env.PORTONE_URL ?? `${iamportUrl}/portone`,
      apiSecret: env.PORTONE_API_SECRET ?? 'portone_secret',
      storeId: env.PORTONE_STORE_ID ?? 'store-00000000-0000-4000-8000-000000000000',
      webhookSecret: env.PORTONE_WEBHOOK_SECRET, // without one, signatures are not checked
    },
  }
}
