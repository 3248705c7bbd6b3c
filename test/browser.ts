/**
 * Launches the Chromium of the browser tests, the first that is found.
 *
 * Order: HOMING_CHROMIUM (a path), the Chromium inside @sparticuz/chromium (Linux x64, nothing to install), one of the system, the
 * one that Playwright installed. The package unpacks into its own TMPDIR once per process, which is removed when the process ends.
 * Its Open Sans replaces system-ui, so that pages look the same on machines without fonts.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-sync',
  '--no-first-run',
  '--font-render-hinting=none',
]

const systemPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium']

/** A headless Chromium, which the caller closes. Without one it throws a sentence that says what to install. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await findChromium()
  if (!executablePath) {
    throw new Error('No Chromium here. Set HOMING_CHROMIUM to one, or run "npx playwright-core install chromium".')
  }
  return chromium.launch({ executablePath, args, headless: true, env: browserEnvironment() })
}

async function findChromium(): Promise<string | null> {
  const given = process.env.HOMING_CHROMIUM
  if (given) return given
  if (process.platform === 'linux' && process.arch === 'x64') return unpack()
  const installed = chromium.executablePath()
  return [...systemPaths, installed].find(path => existsSync(path)) ?? null
}

let unpacked: Promise<string> | null = null
const unpackedEnvironment: Record<string, string> = {}

/** The package decides by its environment, and where, at the time of import: set before, put back after. */
function unpack(): Promise<string> {
  unpacked ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'homing-chromium-'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    const names = ['TMPDIR', 'AWS_LAMBDA_JS_RUNTIME', 'LD_LIBRARY_PATH', 'FONTCONFIG_PATH'] as const
    const before = names.map(name => process.env[name])
    process.env.TMPDIR = folder
    process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs22.x' // else its bundled libraries (nss and kin) stay packed
    try {
      const { default: packaged } = await import('@sparticuz/chromium')
      const path = await packaged.executablePath()
      const fontsFile = join(folder, 'homing-fonts.conf')
      writeFileSync(fontsFile, fontsConfiguration(folder))
      unpackedEnvironment.LD_LIBRARY_PATH = process.env.LD_LIBRARY_PATH ?? ''
      unpackedEnvironment.FONTCONFIG_FILE = fontsFile
      return path
    } finally {
      names.forEach((name, at) => {
        restore(name, before[at])
      })
    }
  })()
  return unpacked
}

/** The package's own configuration looks under /tmp/fonts only, where nothing is. */
function fontsConfiguration(folder: string): string {
  const alias = (family: string) =>
    `<alias binding="strong"><family>${family}</family><prefer><family>Open Sans</family></prefer></alias>`
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
    <dir>${folder}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${folder}/fonts-cache</cachedir>
    ${alias('system-ui')}${alias('sans-serif')}</fontconfig>`
}

function browserEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) environment[name] = value
  return { ...environment, ...unpackedEnvironment }
}

function restore(name: string, value: string | undefined) {
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
}
