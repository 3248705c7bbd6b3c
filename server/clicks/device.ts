/** With what was a link opened? One word for a user agent, as the report breaks clicks down by. */
import Bowser from 'bowser'
import type { Device } from '../../core/clicks/count-clicks.ts'

/** Agents come again and again: a campaign of a million has a few thousand. */
const rememberedAgents = 5_000
const remembered = new Map<string, Device>()

export function deviceOf(agent: string): Device {
  const known = remembered.get(agent)
  if (known !== undefined) return known
  if (remembered.size >= rememberedAgents) remembered.clear()
  const device = readDevice(agent)
  remembered.set(agent, device)
  return device
}

function readDevice(agent: string): Device {
  if (agent === '') return 'other'
  const { os, platform } = Bowser.parse(agent)
  // An iPad that asks for desktop pages calls itself a Mac, and cannot be told from one.
  if (platform.type === 'tablet') return 'tablet'
  if (platform.type === 'desktop') return 'computer'
  if (platform.type !== 'mobile') return 'other'
  if (os.name === 'iOS') return 'iphone'
  return os.name === 'Android' ? 'android' : 'other'
}
