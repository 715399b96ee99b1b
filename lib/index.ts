export { fastifyIamport as default, fastifyIamport, type CompleteOptions, type Iamport } from './iamport/plugin.js'
export { iamportOptions, IAMPORT_WEBHOOK_ADDRESSES, type IamportOptions } from './iamport/options.js'
export type { RedirectTarget } from './routes/redirect.js'
export type {
  Amount, CancelContext, ConfirmAttempt, Context, ExpectedAmount, Failure, Hooks, Priced, Source,
} from './hooks.js'
export type { Completion } from './completion/reply.js'
export { COMPLETION_CHANNEL, type CompletionEvent } from './completion/report-notification.js'
export { MANUAL_REFUND_CHANNEL, type ManualRefundEvent } from './completion/manual-refund-alert.js'
export { TRACING_CHANNELS, type Traces } from './completion/trace.js'
export {
  ReconcileError, type Reconcile, type ReconcileOptions, type ReconcileReport,
} from './completion/reconcile-report.js'
export {
  ManualRefundsError, type ManualRefund, type ManualRefundProblem, type ManualRefundsPeriod,
} from './completion/manual-refunds-report.js'
export type { ManualRefundCause } from './completion/refund-rules.js'
export type { FailureReason } from './messages.js'
export type { Money } from './money.js'
export type { Locale } from './messages.js'
export type { CancelPayment, IamportClient, ListPayments, PreparePayment } from './iamport/api.js'
export type { Cancellation, Payment, PaymentStatus } from './completion/payment.js'
export type { PreparedPayment } from './iamport/schemas.js'
export type { AfterFailure, Ledger, Recorded, Work } from './ledger/ledger.js'
export { memoryLedger, type MemoryLedgerOptions } from './ledger/memory-ledger.js'
export { mysqlLedger, type MysqlConnection, type MysqlPool } from './ledger/sql/mysql-ledger.js'
export { postgresLedger, type PostgresClient, type PostgresPool } from './ledger/sql/postgres-ledger.js'
export {
  leaseLedger, type LeaseLedgerOptions, type LeaseTimes,
} from './ledger/lease/lease-ledger.js'
export type { Lease, LeaseRow, LeaseTable } from './ledger/lease/lease-table.js'
export { sqliteLedger, type SqliteLedgerSettings } from './ledger/lease/sqlite-ledger.js'
export type { SqliteDatabase } from './ledger/lease/sqlite-table.js'
export { sqlLedger, type SqlLedgerOptions } from './ledger/sql/sql-ledger.js'
export { typeormLedger, type TypeormDataSource, type TypeormManager } from './ledger/orm/typeorm-ledger.js'
export { prismaLedger, type PrismaClient, type PrismaTransaction } from './ledger/orm/prisma-ledger.js'
export { knexLedger, type KnexInstance, type KnexTransaction } from './ledger/orm/knex-ledger.js'
export { drizzleLedger, type DrizzleDatabase, type DrizzleTransaction } from './ledger/orm/drizzle-ledger.js'
export {
  kyselyLedger, type KyselyDatabase, type KyselyLedgerSettings, type KyselyTransaction,
} from './ledger/orm/kysely-ledger.js'
export { sequelizeLedger, type SequelizeInstance } from './ledger/orm/sequelize-ledger.js'
export { mikroOrmLedger, type MikroOrmManager } from './ledger/orm/mikro-orm-ledger.js'
export type { OrmDialect, OrmLedgerSettings } from './ledger/orm/orm-ledger.js'
export { LedgerConflict, type CreateDialect, type Dialect, type Query } from './ledger/sql/dialect.js'
export type { Transaction } from './ledger/sql/once-in-transaction.js'
export type { Claim } from './ledger/claim.js'
export type { LedgerSettings, LedgerTimes, PooledLedgerSettings } from './ledger/settings.js'
export type { StoredLedger } from './ledger/stored-ledger.js'
export {
  BadGatewayError, BusyError, codeOf, ForbiddenError, HookFailedError, InvalidOptionsError, OrderMismatchError,
  PaymentNotFoundError, Refusal, TimeoutError, UnauthorizedError, UnavailableError, ValidationError,
  type Circumstances, type ProviderName,
} from './errors.js'
