// What `tx` is in the hooks, without a generic of the user's.
import type { EntityManager as MikroOrmManager, MikroORM } from '@mikro-orm/postgresql'
import type { MikroORM as MariaDbOrm } from '@mikro-orm/mariadb'
import { PrismaClient, type Prisma } from '@prisma/client'
import type { MySql2Database } from 'drizzle-orm/mysql2'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import {
  drizzleLedger, iamportOptions, knexLedger, kyselyLedger, mikroOrmLedger, prismaLedger, sequelizeLedger, typeormLedger,
  type Ledger,
} from 'fastify-iamport'
import type { Knex } from 'knex'
import type { Kysely, Transaction as KyselyTransaction } from 'kysely'
import type { Sequelize, Transaction as SequelizeTransaction } from 'sequelize'
import type { DataSource, EntityManager } from 'typeorm'

type TxOf<L> = L extends Ledger<infer Tx> ? Tx : never
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false
type TransactionOf<Run> = Run extends (run: (tx: infer Tx) => infer _R) => unknown ? Tx : never
type Transaction<Of extends { transaction: unknown }> = TransactionOf<Of['transaction']>

interface Database { orders: { id: string } }

/** Never called: it only has to compile. */
export function check (
  dataSource: DataSource, prisma: PrismaClient, knex: Knex, postgres: NodePgDatabase, mysql: MySql2Database,
  kysely: Kysely<Database>, sequelize: Sequelize, orm: MikroORM, mariaDbOrm: MariaDbOrm
) {
  const typeorm = typeormLedger(dataSource)
  const ofTypeorm: Same<TxOf<typeof typeorm>, EntityManager> = true
  const ofPrisma = prismaLedger(prisma)
  const ofPrismaTx: Same<TxOf<typeof ofPrisma>, Prisma.TransactionClient> = true
  const extended = prisma.$extends({ model: { order: { isPaid: () => true } } })
  iamportOptions({
    impKey: 'key',
    impSecret: 'secret',
    ledger: prismaLedger(extended),
    getExpectedAmount: () => 14000,
    onPaid: async (_, { tx }) => {
      await tx.order.updateMany({ where: { id: '1' }, data: { status: 'paid' } })
      const isPaid: boolean = tx.order.isPaid()
      return isPaid
    },
  })
  const ofKnex = knexLedger(knex)
  const ofKnexTx: Same<TxOf<typeof ofKnex>, Knex.Transaction> = true
  const ofPostgres = drizzleLedger(postgres)
  const ofPostgresTx: Same<TxOf<typeof ofPostgres>, Transaction<NodePgDatabase>> = true
  const ofMysql = drizzleLedger(mysql)
  const ofMysqlTx: Same<TxOf<typeof ofMysql>, Transaction<MySql2Database>> = true
  const ofKysely = kyselyLedger(kysely)
  const ofKyselyTx: Same<TxOf<typeof ofKysely>, KyselyTransaction<Database>> = true
  const ofSequelize = sequelizeLedger(sequelize)
  const ofSequelizeTx: Same<TxOf<typeof ofSequelize>, SequelizeTransaction> = true
  const ofMikroOrm = mikroOrmLedger(orm)
  const ofMikroOrmTx: Same<TxOf<typeof ofMikroOrm>, typeof orm.em> = true
  const ofMariaDb = mikroOrmLedger(mariaDbOrm, { workMs: 5000, table: 'payments' })
  iamportOptions({
    impKey: 'key',
    impSecret: 'secret',
    ledger: ofMikroOrm,
    getExpectedAmount: () => 14000,
    onPaid: (_, { tx }) => {
      const em: MikroOrmManager = tx
      return em.isInTransaction()
    },
  })
  // @ts-expect-error it is another ORM's
  knexLedger(prisma)
  // @ts-expect-error it is another ORM's
  prismaLedger(dataSource)
  return [
    typeorm, ofPrisma, ofKnex, ofPostgres, ofMysql, ofKysely, ofSequelize,
    ofTypeorm, ofPrismaTx, ofKnexTx, ofPostgresTx, ofMysqlTx, ofKyselyTx, ofSequelizeTx, ofMikroOrmTx, ofMariaDb,
  ]
}
