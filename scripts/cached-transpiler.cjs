// Transpiles TypeScript for the tests (tsconfig.json names it): each file once, as every test file is a process of its
// own and would transpile lib/ again.
const { createHash } = require('node:crypto')
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { ModuleKind, ModuleResolutionKind, transpileModule, version } = require('typescript')

const folder = join(__dirname, '../node_modules/.cache/transpiled')

/** @param {{ service: { config: { options: import('typescript').CompilerOptions } } }} parts of ts-node */
exports.create = ({ service: { config } }) => {
  const compilerOptions = {
    ...config.options,
    // Everything here is an ES module; this call does not look for the package.json that says so.
    module: ModuleKind.ESNext,
    moduleResolution: ModuleResolutionKind.Bundler,
    sourceMap: true,
    inlineSourceMap: false,
    declaration: false,
    noEmit: false,
  }
  const settings = JSON.stringify([version, compilerOptions])
  mkdirSync(folder, { recursive: true })

  /** @param {string} text @param {{ fileName: string }} place @returns {{ outputText: string, sourceMapText?: string }} */
  function transpile (text, { fileName }) {
    const hash = createHash('sha256').update(settings).update(fileName).update('\n').update(text).digest('hex')
    const cached = join(folder, `${hash}.json`)
    try {
      return JSON.parse(readFileSync(cached, 'utf8'))
    } catch {
      const { outputText, sourceMapText } = transpileModule(text, { fileName, compilerOptions })
      // Renamed into place, as another process may look for it meanwhile.
      writeFileSync(`${cached}.${process.pid}`, JSON.stringify({ outputText, sourceMapText }))
      renameSync(`${cached}.${process.pid}`, cached)
      return { outputText, sourceMapText }
    }
  }
  return { transpile }
}
