// Checks .github/workflows: by GitHub's own parser, and by the rules of this repository.
//   node scripts/check-workflows.js [folder]
import { readdirSync, readFileSync } from 'node:fs'
import { register } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProblems } from './workflow-rules.js'

// GitHub's parser is made for a bundler: it imports JSON without saying so.
register('data:text/javascript,' + encodeURIComponent(`export const load = (url, context, next) =>
  next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context)`))
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import('@actions/workflow-parser')

const root = fileURLToPath(new URL('..', import.meta.url))
const [folder = `${root}.github/workflows`] = process.argv.slice(2)
const { engines } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))

/**
 * Unknown keys and values, expressions that do not parse, jobs that are needed and not there.
 *
 * @param {string} name @param {string} content
 */
async function parserProblems (name, content) {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter())
  if (value === undefined) return context.errors.getErrors().map(String)
  const { errors = [] } = await convertWorkflowTemplate(context, value)
  return errors.map(({ Message }) => Message)
}

let count = 0
for (const name of readdirSync(folder).filter((file) => /\.ya?ml$/.test(file)).sort()) {
  const content = readFileSync(join(folder, name), 'utf8')
  const problems = [...await parserProblems(name, content), ...findProblems(content, engines.node)]
  for (const problem of problems) console.error(`${name}: ${problem.replace(`${name} `, '')}`)
  if (problems.length > 0) process.exitCode = 1
  count++
}
console.log(`${count} workflows checked`)
