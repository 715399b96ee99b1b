import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { PayBody } from '../../lib/sandbox/control/schemas.js'
import { FAULTS } from '../../lib/sandbox/faults/schemas.js'
import { PayV2Body } from '../../lib/sandbox/control/v2-schemas.js'
import { CHANNEL_GROUPS, CHANNEL_KEYS } from '../../lib/sandbox/portone/channels.js'
import { PORTONE_OPTION_NAMES } from '../../lib/sandbox/portone/options.js'
import { OPTION_NAMES } from '../../lib/sandbox/options.js'

const read = (file: string) => readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8')
const namesIn = (cell = '') => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)

/** The rows of the last table under a heading, as cells. */
function rowsOf (markdown: string, heading: string): string[][] {
  const section = markdown.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  const table = section.split('\n\n').findLast((block) => block.startsWith('| ')) ?? ''
  return table.split('\n').slice(2).map((row) => row.split(/(?<!\\)\|/).slice(1, -1))
}

for (const [file, faults, options] of [
  ['sandbox.md', 'Faults', 'Options'], ['sandbox.ko.md', '장애', '옵션'],
] as const) {
  const markdown = read(file)

  test(`${file}: the table of faults is what the sandbox takes`, (t) => {
    const table = rowsOf(markdown, faults).map(([name, takes]) => [namesIn(name), namesIn(takes)] as const)
    t.strictSame(table.flatMap(([names]) => names).sort(), Object.keys(FAULTS).sort())
    const schemas = new Map(Object.entries(FAULTS))
    for (const [[name = ''], takes] of table) {
      const fields = Object.keys(schemas.get(name)?.properties ?? {})
      for (const field of fields) t.ok(takes.includes(field), `${name} ${field}`)
    }
    t.end()
  })

  test(`${file}: the table of options is what createSandbox takes`, (t) => {
    t.strictSame(rowsOf(markdown, options).flatMap(([name]) => namesIn(name)).sort(), [...OPTION_NAMES].sort())
    t.end()
  })

  test(`${file}: the table of options of portone is what it takes, that of channels what there is`, (t) => {
    const options = rowsOf(markdown, file.includes('.ko.') ? '포트원 V2' : 'PortOne V2').flatMap(([name]) => namesIn(name))
    t.strictSame(options.sort(), [...PORTONE_OPTION_NAMES].sort())
    const named = [...markdown.matchAll(/`(channel-(?:key|group)-[\w-]+)`/g)].map(([, name]) => name)
    t.strictSame([...new Set(named)].sort(), [...CHANNEL_KEYS, ...CHANNEL_GROUPS.map(({ id }) => id)].sort())
    t.end()
  })

  for (const [path, body] of [['/sandbox/pay', PayBody], ['/sandbox/v2/pay', PayV2Body]] as const) {
    test(`${file}: the body of ${path} is what it takes`, (t) => {
      const row = markdown.split('\n').find((line) => line.startsWith(`| \`POST ${path}\``)) ?? ''
      t.strictSame(namesIn(row.split('|')[2]).sort(), Object.keys(body.properties).sort())
      t.end()
    })
  }
}
