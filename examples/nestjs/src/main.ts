import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { AppModule } from './app.module'

async function bootstrap () {
  // The plugin writes to Fastify's log: without one, nobody hears of a payment that has to be refunded manually.
  const adapter = new FastifyAdapter({ logger: true })
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter)
  app.enableShutdownHooks() // SIGTERM waits for hooks in progress
  await app.listen(process.env.PORT ?? 3000)
}

bootstrap().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
