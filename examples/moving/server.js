// The shop of app.js on its own port; README.md says how it is started.
import { env } from 'node:process'
import { build } from './app.js'

const app = await build({
  databaseUrl: env.DATABASE_URL ?? '',
  v1: { impKey: env.IMP_KEY ?? '', impSecret: env.IMP_SECRET ?? '', baseUrl: env.IMP_URL },
  v2: {
    apiSecret: env.PORTONE_API_SECRET ?? '',
    storeId: env.PORTONE_STORE_ID ?? '',
    webhookSecret: env.PORTONE_WEBHOOK_SECRET ?? '',
    baseUrl: env.PORTONE_URL,
  },
})
await app.listen({ port: Number(env.PORT ?? 3000) })
