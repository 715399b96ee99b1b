// The CommonJS code of lib/, and the ES modules that name its exports (docs/design.md, "The package").
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import ts from 'typescript'

const require = createRequire(import.meta.url)

/** @type {ts.CompilerOptions} */
const OPTIONS = {
  module: ts.ModuleKind.NodeNext, // CommonJS, as no package.json is looked for here; `import()` stays what it is
  target: ts.ScriptTarget.ES2023,
  esModuleInterop: true,
  isolatedModules: true,
  useDefineForClassFields: false, // as in tsconfig.json
  removeComments: true, // the declarations keep those of the exports
}

/**
 * `import.meta.dirname` becomes `__dirname`.
 * @type {ts.TransformerFactory<ts.SourceFile>}
 */
const replaceDirname = (context) => (file) => {
  /** @type {ts.Visitor} */
  const visit = (node) => ts.isPropertyAccessExpression(node) && node.getText(file) === 'import.meta.dirname'
    ? context.factory.createIdentifier('__dirname')
    : ts.visitEachChild(node, visit, context)
  return ts.visitEachChild(file, visit, context)
}

/** Types were checked before: each file is translated by itself. @param {string} from @param {string} to folders */
export function compileCommonjs (from, to) {
  for (const { parentPath, name } of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!name.endsWith('.ts')) continue
    const source = join(parentPath, name)
    const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), {
      compilerOptions: OPTIONS, fileName: source, transformers: { before: [replaceDirname] },
    })
    const target = join(to, relative(from, source)).replace(/\.ts$/, '.js')
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, outputText)
  }
  writeFileSync(join(to, 'package.json'), '{ "type": "commonjs" }\n')
}

/** @typedef {Record<'types' | 'default', string>} Entry */

/**
 * Those of package.json, by paths.
 * @param {string} root
 */
function readEntries (root) {
  /** @type {{ exports: Record<string, { import?: Entry, require?: Entry }> }} */
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.values(manifest.exports).flatMap(({ import: module, require: code }) =>
    module && code ? [{ module, code }] : [])
}

/** Writes the modules and their declarations that package.json names under `import`. @param {string} root */
export function writeModules (root) {
  for (const { module, code } of readEntries(root)) {
    /** @type {Record<string, unknown>} */
    const { default: main, ...named } = require(join(root, code.default))
    const from = `'./${basename(code.default)}'\n`
    const asDefault = Object.entries(named).find(([, value]) => value === main)
    const last = asDefault ? `export { ${asDefault[0]} as default } from ${from}` : ''
    writeFileSync(join(root, module.default), `export { ${Object.keys(named).join(', ')} } from ${from}${last}`)
    writeFileSync(join(root, module.types), `export * from ${from}${last}`)
  }
}

/** Removes the declarations that no entry leads to: half of them. @param {string} root */
export function removeInnerDeclarations (root) {
  /** @type {Set<string>} */
  const reached = new Set()
  /** @param {string} file */
  function reach (file) {
    if (reached.has(file)) return
    reached.add(file)
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g)) {
      reach(join(dirname(file), path).replace(/\.js$/, '.d.ts'))
    }
  }
  for (const { code } of readEntries(root)) reach(join(root, code.types))
  for (const { parentPath, name } of readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true })) {
    const file = join(parentPath, name)
    if (name.endsWith('.d.ts') && !reached.has(file)) rmSync(file)
  }
}
