/**
 * What `npm pack` makes, installed as on another machine: it starts without the tools that build the pages, and sends a campaign. Needs the
 * npm registry.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort, root, temporaryFolder, until } from './processes.ts'

/** Without what npm and vitest tell their children, and without the Node of this clone. */
const path = (process.env.PATH ?? '').split(delimiter).filter(folder => !folder.includes('node_modules'))
const env = { PATH: path.join(delimiter), HOME: process.env.HOME ?? '' }

test('a release starts after npm ci --omit=dev, shows the pages that it came with, and goes round the whole ring', async () => {
  const place = temporaryFolder('release')
  const folder = join(place.path, 'package')
  const port = String(await freePort())
  execFileSync('npm', ['pack', '--pack-destination', place.path], { cwd: root, env, stdio: 'ignore' })
  expect(existsSync(join(root, 'npm-shrinkwrap.json'))).toBe(false)
  const [release = ''] = readdirSync(place.path).filter(name => name.endsWith('.tgz'))
  execFileSync('tar', ['xzf', release], { cwd: place.path })
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  expect(files.filter(name => /\.(test|fixture)\.ts$|\.tsx$/.test(name))).toEqual([])
  execFileSync('npm', ['ci', '--omit=dev', '--prefer-offline'], { cwd: folder, env, stdio: 'ignore' })
  const npm = spawn('npm', ['start', '--', '--no-demo'], {
    cwd: folder,
    env: { ...env, HOMING_DATA: join(place.path, 'data'), HOMING_PORT: port },
  })
  const ended = new Promise(resolve => npm.once('close', resolve))
  let said = ''
  for (const stream of [npm.stdout, npm.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  try {
    await until('ready', () => said.includes('ready http'), { seen: () => said })
    expect(said).not.toContain('Building')
    const page = await (await fetch(`http://127.0.0.1:${port}/`)).text()
    const [script = ''] = /\/assets\/[^"]+\.js/.exec(page) ?? []
    const answer = await fetch(`http://127.0.0.1:${port}${script}`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('javascript')])
  } finally {
    npm.kill('SIGTERM')
    await ended
  }
  try {
    const answer = execFileSync('npm', ['run', '-s', 'homing', '--', 'demo', '--profiles', '2000', '--json'], {
      cwd: folder,
      env,
    })
    const { agree, verify, report } = JSON.parse(answer.toString('utf8'))
    expect({ agree, differences: verify.differences }).toEqual({ agree: true, differences: [] })
    expect(report.figures.delivered).toBeGreaterThan(1_000)
  } finally {
    place.remove()
  }
})
