/** Which names stand for two things? Of files (`sharedFileNames`), of exported types (`sharedTypeNames`), of exported functions and constants (`sharedValueNames`). */
import { posix } from 'node:path'
import { isForTests, type Source } from './sources.ts'

type File = Pick<Source, 'path' | 'text'>

/** What these files hold is said by their folder. */
const conventional = new Set(['store.ts', 'routes.ts', 'schemas.ts', 'personal.ts', 'forget.ts'])
/** A file of this folder is named after its verb: `homing import`. */
const verbs = 'server/cli/'
/** Files with one name for one thing. */
const oneThing: Record<string, string> = {
  'gateway.ts': 'the contract, and its implementation by a kind',
  'kind.ts': 'what a kind of gateway declares, and the declaration of SMPP',
  'prices.ts': 'the rule, and its rows',
  'test-sms.ts': 'the recipient of a test, its activity, and what becomes of it',
  'verdict.ts': 'the order of the reasons, and their conditions in SQL',
  'workspace-settings.ts': 'the rule, and its rows',
}

/** "list.ts: core/a/list.ts, server/b/list.ts" */
export function sharedFileNames(files: readonly Pick<File, 'path'>[]): string[] {
  const named = files
    .map(({ path }) => path)
    .filter(path => !isForTests(path) && !path.startsWith(verbs))
    .map((path): [string, string] => [posix.basename(path), path])
    .filter(([name]) => !conventional.has(name) && !Object.hasOwn(oneThing, name))
  return shared(named)
}

/** What `oneThing` names without need. */
export function uselessExceptions(files: readonly Pick<File, 'path'>[]): string[] {
  const names = files.map(({ path }) => posix.basename(path))
  return Object.keys(oneThing).filter(name => names.indexOf(name) === names.lastIndexOf(name))
}

/** A page may call what it reads from the API by the name that it has on the server: that is one thing. */
export function sharedTypeNames(files: readonly File[]): string[] {
  const ofApi = /= (Answer|Body)<|\['\w+'\]/
  const named = files
    .filter(({ path }) => path !== 'web/api/schema.d.ts')
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^export (?:declare )?(?:abstract )?(?:interface|type|class|enum) (\w+).*$/gm)].flatMap(
        ([line, name = '']): [string, string][] => (path.startsWith('web/') && ofApi.test(line) ? [] : [[name, path]]),
      ),
    )
  return shared(named)
}

/** Exported functions and constants with one name for one thing, and why. */
const oneValue: Record<string, string> = {
  addProfile: 'the verb, and the call of it on the pages',
  cancelExport: 'the verb, and the call of it on the pages',
  routes: 'the routes of each folder, joined in server/app.ts',
  runImport: 'the verb, and its command',
  signOut: 'the verb, and the call of it on the pages',
  treeOf: 'the people of a saved segment: of its row, and of the same segment in an answer',
}

/** Of functions and constants in lower case; components and schemas in capitals are nouns of their page or route. */
export function sharedValueNames(files: readonly File[]): string[] {
  return shared(valuesIn(files).filter(([name]) => !Object.hasOwn(oneValue, name)))
}

/** What `oneValue` names without need. */
export function uselessValueExceptions(files: readonly File[]): string[] {
  const names = valuesIn(files).map(([name]) => name)
  return Object.keys(oneValue).filter(name => names.indexOf(name) === names.lastIndexOf(name))
}

function valuesIn(files: readonly File[]): [name: string, path: string][] {
  const named = files
    // Its template of a generated file has exports of that file.
    .filter(({ path }) => path !== 'web/api/generate.ts' && !isForTests(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^export (?:async )?(?:function\*?|const) ([a-z]\w*)/gm)].map(
        ([, name = '']) => `${name} ${path}`,
      ),
    )
  // Overloads of a function are one.
  return [...new Set(named)].map(line => {
    const [name = '', path = ''] = line.split(' ')
    return [name, path]
  })
}

function shared(named: readonly [name: string, path: string][]): string[] {
  const paths = new Map<string, string[]>()
  for (const [name, path] of named) paths.set(name, [...(paths.get(name) ?? []), path])
  return [...paths].filter(([, all]) => all.length > 1).map(([name, all]) => `${name}: ${all.join(', ')}`)
}
