/** The sources of this repository as text, and who imports whom: what architecture.test.ts and words.test.ts look at. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export type Tree = 'core' | 'server' | 'web' | 'bench' | 'test' | 'e2e'

export interface Source {
  /** From the root, with slashes: server/sending/claim.ts */
  path: string
  text: string
  imports: Import[]
}

export interface Import {
  /** As it is written. */
  specifier: string
  /** A path from the root where it is relative, else null: a package or a node: module. */
  to: string | null
  /** Erased before it runs. */
  typeOnly: boolean
}

/** All .ts and .tsx files of some trees, in the order of their paths. */
export function readSources(...trees: Tree[]): Source[] {
  return trees
    .flatMap(tree => walk(tree))
    .sort()
    .map(path => {
      const text = readFileSync(join(ROOT, path), 'utf8')
      return { path, text, imports: importsOf(path, text) }
    })
}

export function exists(path: string): boolean {
  return existsSync(join(ROOT, path))
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Tests and what only tests use: not part of what runs. */
export function isForTests(path: string): boolean {
  return /\.(test|fixture)\.tsx?$/.test(path)
}

/** The folder that a file of core or server belongs to: `sending`; files beside the folders: the tree itself. */
export function folderOf(path: string): string {
  const [tree = '', folder, more] = path.split('/')
  return more === undefined || folder === undefined ? tree : folder
}

/** Static imports, re-exports and dynamic imports. Comments are cut away first: prose may talk of imports. */
function importsOf(path: string, text: string): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const found: Import[] = []
  const add = (specifier: string, typeOnly: boolean) => {
    const to = specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), specifier)) : null
    found.push({ specifier, to, typeOnly })
  }
  for (const [, keyword = '', specifier = ''] of code.matchAll(
    /^(import|export)(?:\s+type)?\s[^'"`;]*?from\s+['"]([^'"]+)['"]/gm,
  ))
    if (keyword !== '') add(specifier, false)
  for (const [, specifier = ''] of code.matchAll(/^import\s+['"]([^'"]+)['"]/gm)) add(specifier, false)
  for (const [, specifier = ''] of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) add(specifier, false)
  const erased = new Set(
    [...code.matchAll(/^(?:import|export)\s+type\s[^'"`;]*?from\s+['"]([^'"]+)['"]/gm)].map(
      ([, specifier]) => specifier,
    ),
  )
  return found.map(one => ({ ...one, typeOnly: erased.has(one.specifier) }))
}

function walk(folder: string): string[] {
  const absolute = join(ROOT, folder)
  if (!existsSync(absolute)) return []
  return readdirSync(absolute).flatMap(name => {
    const path = posix.join(folder, name)
    if (name.startsWith('.') || name === 'node_modules' || name === 'dist') return []
    if (statSync(join(ROOT, path)).isDirectory()) return walk(path)
    return /\.tsx?$/.test(name) ? [path] : []
  })
}

/** Paths of all files below a folder, whatever their kind. */
export function filesBelow(folder: string): string[] {
  const absolute = join(ROOT, folder)
  if (!existsSync(absolute)) return []
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => posix.join(folder, join(entry.parentPath, entry.name).slice(absolute.length)))
    .sort()
}
