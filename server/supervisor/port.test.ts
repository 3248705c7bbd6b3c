import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { reservePort } from './port.ts'

test('two starts in the same moment get two ports, and a reserved port is free again when it is released', async () => {
  const probe = createServer()
  await new Promise<void>(resolve => probe.listen(0, resolve))
  const address = probe.address()
  const wanted = address !== null && typeof address === 'object' ? address.port : 0
  await new Promise(resolve => probe.close(resolve))
  const both = await Promise.all([reservePort(wanted, false), reservePort(wanted, false)])
  expect(new Set(both.map(one => one.port)).size).toBe(2)
  const [first] = both.toSorted((a, b) => a.port - b.port)
  await expect(reservePort(first!.port, true)).rejects.toThrow('is taken by another program')
  // Releasing a second time, as the end of a start does, is nothing.
  for (const { release } of [...both, ...both]) await release()
  const again = await reservePort(first!.port, true)
  await again.release()
})
