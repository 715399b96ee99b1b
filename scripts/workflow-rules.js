// What every workflow of this repository has to keep, beyond what GitHub's own parser checks.
import { parse } from 'yaml'

/**
 * @typedef {{ uses?: string, run?: string, with?: Record<string, unknown> }} Step
 * @typedef {{ matrix?: { node?: string[] } }} Strategy
 * @typedef {{ uses?: string, 'timeout-minutes'?: number, steps?: Step[], strategy?: Strategy }} Job
 * @typedef {{ permissions?: unknown, concurrency?: unknown, jobs?: Record<string, Job> }} Workflow
 */

/** `owner/name@` and a full commit: a tag can be moved. The version, in a comment, is what Dependabot reads. */
const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/
const WITH_VERSION = /uses: *[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/
/** Runs what a server answers today. */
const REMOTE_SCRIPT = /\b(curl|wget)\b[^\n]*\|\s*(sudo\s+)?(ba|z|da)?sh\b|\b(ba|z)?sh\s+<\(\s*(curl|wget)/
/** What whoever opens a pull request writes; in a script, it would be run. Pass it by `env`. */
const FOREIGN_TEXT = /\$\{\{[^}]*(github\.event\.|github\.head_ref|inputs\.)/

/** @param {string} name @param {Step} step @returns {string[]} */
function problemsOfStep (name, { uses, run = '', with: settings = {} }) {
  const problems = []
  if (uses !== undefined && !uses.startsWith('./') && !PINNED.test(uses)) {
    problems.push(`${name}: ${uses} is not pinned by its full commit`)
  }
  if (uses?.startsWith('actions/checkout@') && settings['persist-credentials'] !== false) {
    problems.push(`${name}: checkout leaves the token in the work tree: persist-credentials: false`)
  }
  if (REMOTE_SCRIPT.test(run)) problems.push(`${name}: runs a script from the network`)
  if (FOREIGN_TEXT.test(run)) problems.push(`${name}: puts what others write into a script`)
  return problems
}

/** @param {string} name @param {Job} job @param {string} oldestNode @returns {string[]} */
function problemsOfJob (name, { uses, steps = [], strategy, ...job }, oldestNode) {
  const problems = steps.flatMap((step) => problemsOfStep(name, step))
  // A job that calls a workflow has the limits of that one.
  if (uses === undefined && job['timeout-minutes'] === undefined) problems.push(`${name}: no timeout-minutes`)
  const nodes = strategy?.matrix?.node
  if (nodes !== undefined && nodes[0] !== oldestNode) {
    problems.push(`${name}: its first Node is ${nodes[0]}, and engines says ${oldestNode}`)
  }
  return problems
}

/**
 * @param {string} text of a workflow
 * @param {string} engines of package.json, e.g. `>=20.19`
 * @returns {string[]}
 */
export function findProblems (text, engines) {
  /** @type {Workflow} */
  const { permissions, concurrency, jobs = {} } = parse(text)
  const problems = Object.entries(jobs).flatMap(([name, job]) => problemsOfJob(name, job, engines.replace(/^>=/, '')))
  if (permissions === undefined) problems.push('no permissions: the token may do what the repository allows')
  if (JSON.stringify(permissions)?.includes('write')) {
    problems.push('permissions to write belong to the job that needs them')
  }
  if (concurrency === undefined) problems.push('no concurrency')
  const uses = text.split('\n').filter((line) => /^[\s-]*uses: *[^.\s]/.test(line))
  for (const line of uses) {
    if (!WITH_VERSION.test(line.trimEnd())) problems.push(`${line.trim()}: name the version in a comment`)
  }
  return problems
}
