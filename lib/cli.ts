#!/usr/bin/env node
const HELP = `fastify-iamport <command>

  doctor    checks credentials, clock, ledger and webhooks (fastify-iamport doctor --help)
  sandbox   a stand-in for Iamport and PortOne, as fastify-iamport-sandbox
`

async function doctor (args: string[]): Promise<void> {
  const { runDoctor } = await import('./doctor/doctor.js')
  const code = await runDoctor(args, process.env, {
    out: (text) => { process.stdout.write(text) },
    err: (text) => { process.stderr.write(text) },
  })
  // The module of a ledger may have opened a pool, which would keep the process. What was written first has to be out.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}

async function run (name: string | undefined, args: string[]): Promise<void> {
  if (name === 'doctor') return doctor(args)
  if (name === 'sandbox') {
    process.argv.splice(2, 1)
    await import('./sandbox/cli.js')
    return
  }
  const isAsked = name === '--help'
  if (!isAsked && name !== undefined) process.stderr.write(`fastify-iamport: unknown command: ${name}\n\n`)
  const output = isAsked ? process.stdout : process.stderr
  output.write(HELP)
  process.exitCode = isAsked ? 0 : 2
}

const [name, ...args] = process.argv.slice(2)
run(name, args).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
