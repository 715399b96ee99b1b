// Refuses a package.json without what only the package's owner knows; `npm publish` runs it first.
//   node scripts/check-publish.js [package.json]
import { readFileSync } from 'node:fs'

/** @param {unknown} text an address that others can open */
const isUrl = (text) => typeof text === 'string' && /^(git\+)?https:\/\/[^\s/]+\.[^\s/]+(\/\S*)?$/.test(text)

/** @param {unknown} text */
const isName = (text) => typeof text === 'string' && text.trim() !== ''

const [file = 'package.json'] = process.argv.slice(2)
const { repository, homepage, bugs, author } = JSON.parse(readFileSync(file, 'utf8'))
const checks = {
  repository: isUrl(repository?.url ?? repository),
  homepage: isUrl(homepage),
  bugs: isUrl(bugs?.url ?? bugs),
  author: isName(author?.name ?? author),
}
const missing = Object.entries(checks).filter(([, isFilledIn]) => !isFilledIn).map(([field]) => field)
if (missing.length > 0) {
  console.error(`${file}: fill in ${missing.join(', ')} before you publish (CONTRIBUTING.md, "Publishing")`)
  process.exitCode = 1
}
