// A shop on PostgreSQL with Prisma 7: the order and the record of its payment are one transaction. First: npx prisma generate
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '@prisma/client'
import Fastify from 'fastify'
import iamport, { iamportOptions, prismaLedger } from 'fastify-iamport'
import { run } from './run.js'

/** @param {{ databaseUrl: string, impKey: string, impSecret: string, baseUrl?: string, logger?: boolean }} config */
export async function build ({ databaseUrl, logger = true, ...iamportConfig }) {
  const app = Fastify({ logger })
  // Without a limit, an attempt that nobody answers, as during a failover, keeps its place in the pool.
  const adapter = new PrismaPg({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 })
  const prisma = new PrismaClient({ adapter })
  app.addHook('onClose', () => prisma.$disconnect())

  const ledger = prismaLedger(prisma) // `tx` is the client of an interactive transaction
  await ledger.migrate()
  await app.register(iamport, iamportOptions({
    ...iamportConfig,
    ledger,
    async getExpectedAmount (payment, { tx }) { // without a transaction where a payment is confirmed (onConfirm)
      const order = await (tx ?? prisma).order.findUnique({ where: { id: payment.merchant_uid } })
      return order?.amount
    },
    async onPaid ({ imp_uid: impUid, merchant_uid: id }, { tx, log }) {
      const { count } = await tx.order.updateMany({ where: { id, status: 'waiting' }, data: { status: 'paid', impUid } })
      if (count === 1) return
      // This runs once for each payment, and an order can have two: by card, and then into the virtual account as well.
      const paid = await tx.order.findUnique({ where: { id } })
      if (paid?.impUid !== impUid) log.error({ imp_uid: impUid }, 'another payment has paid this order: refund this one')
    },
  }))
  return app
}

await run(import.meta.url, build)
