import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { runSimulator } from './main.ts'

async function occupied(): Promise<{ port: number; free(): Promise<void> }> {
  const holder = createServer()
  await new Promise<void>(resolve => holder.listen(0, '127.0.0.1', resolve))
  const address = holder.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return { port, free: () => new Promise(resolve => holder.close(() => resolve())) }
}

test('a port that is only wished for is the one, or one of the next where another program was faster', async () => {
  const holder = await occupied()
  const beside = await runSimulator({ near: holder.port }, {})
  expect(beside.port).toBeGreaterThan(holder.port)
  expect(beside.port).toBeLessThanOrEqual(holder.port + 100)
  await beside.close()
  await holder.free()
  const there = await runSimulator({ near: holder.port }, {})
  expect(there.port).toBe(holder.port)
  await there.close()
})

test('two that begin at once with the same wish get two ports', async () => {
  const { port, free } = await occupied()
  await free()
  const both = await Promise.all([runSimulator({ near: port }, {}), runSimulator({ near: port }, {})])
  expect(new Set(both.map(one => one.port)).size).toBe(2)
  await Promise.all(both.map(one => one.close()))
})

test('one that was asked for must be free', async () => {
  const holder = await occupied()
  await expect(runSimulator({ port: holder.port }, {})).rejects.toThrow('EADDRINUSE')
  await holder.free()
})
