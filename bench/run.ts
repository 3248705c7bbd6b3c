/** `npm run -s bench -- NAME [--size N] [--json]`: one benchmark, its figure beside its peer's of the same run. */
import { parseArgs } from 'node:util'
import type { BenchResult } from './result.ts'

const benches: Record<string, (options: { size?: number }) => Promise<BenchResult>> = {
  count: async options => (await import('./count.ts')).count(options),
  e2e: async options => (await import('./e2e.ts')).e2e(options),
  events: async options => (await import('./events.ts')).events(options),
  export: async options => (await import('./export.ts')).exports(options),
  freeze: async options => (await import('./freeze.ts')).benchFreeze(options),
  freshness: async options => (await import('./freshness.ts')).freshness(options),
  gsm: async options => (await import('./gsm.ts')).gsm(options),
  import: async options => (await import('./import.ts')).benchImport(options),
  pages: async options => (await import('./pages.ts')).pages(options),
  report: async options => (await import('./report.ts')).report(options),
  segments: async options => (await import('./segments.ts')).benchSegments(options),
  'send-to': async options => (await import('./send-to.ts')).benchSendTo(options),
  redirect: async options => (await import('./redirect.ts')).redirect(options),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { size: { type: 'string' }, json: { type: 'boolean' } },
})
const [name = ''] = positionals
const bench = benches[name]
const size = values.size === undefined ? undefined : Number(values.size)
if (bench === undefined || (size !== undefined && !(Number.isInteger(size) && size > 0))) {
  process.stderr.write(
    `Usage: npm run -s bench -- NAME [--size N] [--json]\nNAME: ${Object.keys(benches).join(', ')}; N: a whole number from 1.\n`,
  )
  process.exit(1)
}
const result = await bench(size === undefined ? {} : { size })
if (values.json === true) process.stdout.write(`${JSON.stringify(result)}\n`)
else {
  const { figure, unit, reference, ratio, detail } = result
  const beside = reference === null ? '' : `, peer ${Math.round(reference)}, ratio ${ratio?.toFixed(2)}`
  process.stdout.write(
    `${result.name}: ${Math.round(figure)} ${unit} at ${result.size}${beside}\n${JSON.stringify(detail, null, 2)}\n`,
  )
}
