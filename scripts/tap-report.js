/** A test that failed or was left out, and why. @typedef {{ path: string[], reason: string }} Remark */
/** @typedef {{ tests: number, failed: Remark[], leftOut: Remark[] }} Report */

/** `    not ok 2 - its name # SKIP why # time=3.2ms`, four spaces for each test around it. */
const RESULT = /^((?: {4})*)(not )?ok \d+(?: - (.*?))?(?: # SKIP\s*(.*?))?(?: # time=([\d.]+)ms)?$/
const SUBTEST = /^((?: {4})*)# Subtest: (.*)$/
const INDENT = 4

/** @param {string} [text] as TAP writes a name */
const unescape = (text = '') => text.replace(/\\([#\\])/g, '$1')

/**
 * Reads TAP line by line, and writes a line for each test file with what failed in it: no escape sequences, so that a
 * log is as readable as a terminal.
 *
 * @param {(line: string) => void} write
 */
export function createTapReport (write) {
  /** @type {Report} */
  const report = { tests: 0, failed: [], leftOut: [] }
  /** The names of the tests around a line. @type {string[]} */
  let path = []
  /** Whether something has failed within, by depth. @type {boolean[]} */
  const hasFailed = []
  /** What is to be said of the file. @type {string[]} */
  let remarks = []
  let testsInFile = 0
  /** Where the details of a failure are. @type {{ indent: number, isOpen: boolean, isWanted: boolean } | undefined} */
  let details

  /** @param {RegExpExecArray} match */
  function readResult ([, indent = '', isFailure, escaped, skip, ms]) {
    const depth = indent.length / INDENT
    const name = unescape(escaped)
    const here = [...path.slice(0, depth), name]
    const isCause = Boolean(isFailure) && !hasFailed[depth + 1]
    if (depth === 1 && skip === undefined) testsInFile++
    if (skip !== undefined) report.leftOut.push({ path: here, reason: unescape(skip) })
    if (isFailure) hasFailed[depth] = true
    hasFailed[depth + 1] = false
    details = isFailure ? { indent: indent.length + 2, isOpen: false, isWanted: isCause } : undefined
    if (isCause) {
      report.failed.push({ path: here, reason: '' })
      remarks.push(`      ${here.slice(1).join(' > ') || 'the file itself'}`)
    }
    if (depth > 0) return
    hasFailed[0] = false
    report.tests += testsInFile
    const seconds = `${(Number(ms ?? 0) / 1000).toFixed(1)} s`
    const tests = skip === undefined ? `${testsInFile} tests` : 'left out'
    write(`${isFailure ? 'FAIL' : 'ok  '}${tests.padStart(11)}${seconds.padStart(9)}  ${name}`)
    for (const remark of remarks) write(remark)
    remarks = []
    testsInFile = 0
  }

  /** @param {string} line @returns whether it belongs to the details of a failure */
  function readDetails (line) {
    if (!details) return false
    const text = line.slice(details.indent)
    if (!details.isOpen) {
      details.isOpen = text === '---'
      return details.isOpen
    }
    if (text === '...') details = undefined
    else if (details.isWanted) tell(`          ${text}`)
    return true
  }

  /** Details of a file itself come after its line. @param {string} line */
  function tell (line) {
    if (details?.indent === 2) write(line)
    else remarks.push(line)
  }

  return {
    report,
    /** @param {string} line */
    read (line) {
      if (readDetails(line)) return
      const subtest = SUBTEST.exec(line)
      if (subtest) {
        const depth = (subtest[1] ?? '').length / INDENT
        path = [...path.slice(0, depth), unescape(subtest[2])]
        hasFailed[depth + 1] = false
        return
      }
      const result = RESULT.exec(line)
      if (result) readResult(result)
    },
  }
}
