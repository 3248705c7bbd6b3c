/** Our npm scripts under the real npm: a signal to npm, or to the shell it runs a script in, ends everything like Ctrl-C. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeSeed, temporaryFolder } from '../../test/holder.ts'
import { freePort, until } from '../../test/processes.ts'
import { isAlive, readPostmaster, stopServer } from '../platform/postgres/postmaster.ts'

const FIXTURE = join(import.meta.dirname, 'start.fixture.ts')
const { name, scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  name: string
  scripts: Record<'start' | 'homing', string>
}
let seed: Awaited<ReturnType<typeof makeSeed>>
let place: ReturnType<typeof temporaryFolder>
let data: string
let npm: ChildProcess

beforeAll(async () => {
  seed = await makeSeed()
})
afterAll(() => seed.remove())
beforeEach(() => {
  place = temporaryFolder()
  data = join(place.path, 'data')
  seed.plant(data)
})
afterEach(async () => {
  npm.kill('SIGKILL')
  await stopServer(join(data, 'postgres'), '')
  place.remove()
})

/** `npm WORDS` in a package with our scripts, whose command line is the small supervisor of the tests. */
async function npmRuns(words: readonly string[], as: (script: string) => string = script => script): Promise<Running> {
  const folder = join(place.path, 'package')
  mkdirSync(folder)
  const ours = (script: string) => as(script.replace('server/cli.ts', FIXTURE))
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name, scripts: { start: ours(scripts.start), homing: ours(scripts.homing) } }),
  )
  npm = spawn('npm', words, {
    cwd: folder,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: place.path,
      HOMING_DATA: data,
      HOMING_PORT: String(await freePort()),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  npm.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  await until('ready', () => out.includes('ready http'), { seen: () => out })
  const children = ['one', 'two'].map(child => Number(readFileSync(join(data, `${child}.pid`), 'utf8')))
  const supervisor = Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(children[0])], { encoding: 'utf8' }))
  return { all: [...children, supervisor, readPostmaster(join(data, 'postgres'))!.pid], supervisor }
}

interface Running {
  all: number[]
  supervisor: number
}

async function allEnd({ all }: Running): Promise<void> {
  await until('the end of all', () => all.every(pid => !isAlive(pid)), { seen: () => all.filter(isAlive) })
  expect(['one', 'two'].map(child => readFileSync(join(data, `${child}.stopped`), 'utf8'))).toEqual([
    'requested',
    'requested',
  ])
  expect(readPostmaster(join(data, 'postgres'))).toBeNull()
}

test.each(['start', 'run -s homing -- start'])('npm %s ends when all has ended, told by a SIGTERM', async words => {
  const running = await npmRuns(words.split(' '))
  const ended = new Promise(resolve => npm.once('exit', resolve))
  npm.kill('SIGTERM')
  await ended
  expect(running.all.filter(isAlive)).toEqual([])
  await allEnd(running)
})

test('npm that is killed leaves nothing', async () => {
  const running = await npmRuns(['start'])
  npm.kill('SIGKILL')
  await allEnd(running)
})

test('a shell between npm and Homing, as some have, may end without passing the signal on', async () => {
  const running = await npmRuns(['start'], script => `${script.replace(/^exec /, '')}; true`)
  process.kill(Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(running.supervisor)], { encoding: 'utf8' })))
  await allEnd(running)
})
