/**
 * nginx and Caddy in front of a Homing, with the settings that docs/operate.md has: its code blocks are what runs here. Only addresses, files and, on request,
 * the proxy's own time limits are others. TLS with a certificate made on the spot.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort, root, until } from '../processes.ts'

export interface Front {
  name: string
  /** of TLS, on 127.0.0.1 */
  port: number
  /** of plain HTTP */
  plainPort: number
  /** All that it has written, and the files of its folder beside: what must not hold secrets. */
  written(): string
  stop(): Promise<void>
}

export interface Certificate {
  cert: string
  key: string
  pem: Buffer
}

/** Where programs of the system lie that are not in every path. */
const path = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`

function run(program: string, words: readonly string[]): string {
  try {
    return execFileSync(program, words, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: path },
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new Error(`${program} is needed: apt-get install ${program}`)
    throw error
  }
}

export function makeCertificate(folder: string): Certificate {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const names = 'subjectAltName=DNS:sms.example.com,DNS:ex.se'
  const kind = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=sms.example.com',
  ]
  run('openssl', ['req', '-x509', ...kind, '-addext', names, '-keyout', key, '-out', cert])
  return { cert, key, pem: readFileSync(cert) }
}

/** A code block of the chapter "In front of Homing". */
export function settingsOf(language: 'nginx' | 'caddyfile'): string {
  const text = readFileSync(join(root, 'docs', 'operate.md'), 'utf8')
  const found = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(text)?.[1]
  if (found === undefined) throw new Error(`docs/operate.md has no settings for ${language}`)
  return found
}

/** Each replacement must be there: settings that have changed are noticed. */
function replaced(settings: string, replacements: readonly (readonly [string, string])[]): string {
  return replacements.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`docs/operate.md no longer has ${JSON.stringify(from)}`)
    return text.replaceAll(from, to)
  }, settings)
}

export interface FrontInput {
  folder: string
  certificate: Certificate
  /** of Homing */
  upstream: number
}

/** Shortened where a test waits for it: how long headers may take. */
export const headerLimitMs = 3_000
const headerLimit = `${headerLimitMs / 1000}s`

export async function startNginx({ folder, certificate, upstream }: FrontInput): Promise<Front> {
  const [port, plainPort] = [await freePort(), await freePort()]
  const site = replaced(settingsOf('nginx'), [
    ['127.0.0.1:8080', `127.0.0.1:${upstream}`],
    ['listen 443 ', `listen 127.0.0.1:${port} `],
    ['listen 80;', `listen 127.0.0.1:${plainPort};`],
    ['/etc/ssl/homing/fullchain.pem', certificate.cert],
    ['/etc/ssl/homing/privkey.pem', certificate.key],
    ['/var/log/nginx', folder],
    ['client_header_timeout 20s', `client_header_timeout ${headerLimit}`],
    // Between two heartbeats and a little more: a stream that outlives this lives as long as Homing lets it.
    ['proxy_read_timeout 300s', 'proxy_read_timeout 25s'],
  ])
  return runNginx('nginx', folder, site, port, plainPort)
}

/** Two lines, and all else as nginx has it by default: HTTP/1.0 to Homing, everything buffered. */
export async function startBareNginx({ folder, certificate, upstream }: FrontInput): Promise<Front> {
  const port = await freePort()
  const site = `server { listen 127.0.0.1:${port} ssl; server_name sms.example.com ex.se;
    ssl_certificate ${certificate.cert}; ssl_certificate_key ${certificate.key}; access_log off;
    location / { proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_pass http://127.0.0.1:${upstream}; } }`
  return runNginx('nginx as it comes', folder, site, port, port)
}

async function runNginx(name: string, folder: string, site: string, port: number, plainPort: number): Promise<Front> {
  mkdirSync(folder, { recursive: true })
  // Its workers give up the rights of root.
  chmodSync(folder, 0o777)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(kind => `${kind}_temp_path ${folder}/${kind};`)
    .join('\n')
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/nginx.pid; error_log stderr crit;\nevents { worker_connections 2048; }\nhttp {\n${temporary}\n${site}\n}\n`,
  )
  return started(
    name,
    folder,
    spawnProgram('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']),
    port,
    plainPort,
  )
}

export async function startCaddy({ folder, certificate, upstream }: FrontInput): Promise<Front> {
  mkdirSync(folder, { recursive: true })
  const [port, plainPort] = [await freePort(), await freePort()]
  const settings = replaced(settingsOf('caddyfile'), [
    [
      '{\n\t# These',
      `{\n\tadmin off\n\thttps_port ${port}\n\thttp_port ${plainPort}\n\tdefault_bind 127.0.0.1\n\t# These`,
    ],
    ['# tls /etc/ssl/homing/fullchain.pem /etc/ssl/homing/privkey.pem', `tls ${certificate.cert} ${certificate.key}`],
    ['127.0.0.1:8080', `127.0.0.1:${upstream}`],
    ['read_header 20s', `read_header ${headerLimit}`],
  ])
  writeFileSync(join(folder, 'Caddyfile'), settings)
  const child = spawnProgram('caddy', ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')], {
    HOME: folder,
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
  })
  return started('Caddy', folder, child, port, plainPort)
}

function spawnProgram(program: string, words: readonly string[], env: Record<string, string> = {}): ChildProcess {
  run(program, [program === 'nginx' ? '-v' : 'version'])
  return spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: path, ...env } })
}

async function started(
  name: string,
  folder: string,
  child: ChildProcess,
  port: number,
  plainPort: number,
): Promise<Front> {
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  await until(`${name} listens`, () => child.exitCode !== null || listens(port), { seen: () => said })
  if (child.exitCode !== null) throw new Error(`${name} ended: ${said}`)
  return {
    name,
    port,
    plainPort,
    written: () =>
      said +
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile() && /\.log$/.test(entry.name))
        .map(({ parentPath, name: file }) => readFileSync(join(parentPath, file), 'utf8'))
        .join(''),
    async stop() {
      // Caddy waits for requests under way; nginx must tell its workers.
      child.kill(name === 'Caddy' ? 'SIGKILL' : 'SIGTERM')
      await ended
    },
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    }).once('error', () => resolve(false))
  })
}
