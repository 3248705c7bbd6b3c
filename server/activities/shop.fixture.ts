/** For tests: a workspace from which an activity can be sent, with a topic and a gateway to the simulator. */
import { testKeys } from '../../test/keys.ts'
import type { TestApp } from '../access/app.fixture.ts'
import { ensureTopic } from '../access/topics.ts'
import { addGateway } from '../gateways/gateways.ts'

export interface Shop {
  shop: { id: number; key: string; base: string }
  topic: number
  gateway: number
}

export async function makeShop({ db, workspace }: TestApp, name = 'Shop'): Promise<Shop> {
  const shop = await workspace(name)
  const now = new Date()
  const topic = await ensureTopic(db, shop.id, 'Offers', now)
  const simulator = {
    kind: 'smpp',
    settings: { host: '127.0.0.1', port: 2775, systemId: 'homing', password: 'secret12' },
    simulator: true,
  }
  const gateway = await addGateway(
    db,
    testKeys,
    { ...simulator, workspaceId: shop.id, name: 'Simulator', actor: 'test' },
    now,
  )
  return { shop, topic: topic.id, gateway: gateway.id }
}
