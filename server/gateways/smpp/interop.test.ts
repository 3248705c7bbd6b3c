/** Against npm smpp, a codec and session written by others, as our gateway and as our client. */
import type net from 'node:net'
import smpp, { type Pdu, type Session as TheirSession } from 'smpp'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { parseReceipt, receiptLine, receiptTlvs } from './receipt.ts'
import { listenSmpp, type ServerSession, type SmppServer } from './server.ts'
import { type DeliverBatch, openSession, type SmppSession, type SubmitResult } from './session.ts'
import { partOf, type ReceivedMessage, type ShortMessage } from './short-message.ts'

const until = (check: () => void) => vi.waitFor(check, { interval: 1, timeout: 4000 })
const ucs2 = (text: string) => Buffer.from(text, 'utf16le').swap16()

const plain: ShortMessage = {
  sourceTon: 5,
  sourceNpi: 0,
  source: 'Homing',
  destTon: 1,
  destNpi: 1,
  dest: '46701234567',
  esmClass: 0,
  registeredDelivery: 1,
  validityPeriod: '000002000000000R',
  dataCoding: 0,
  shortMessage: Buffer.from('Hello'),
}

describe('npm smpp as the gateway', () => {
  let server: net.Server
  let theirs: TheirSession
  let ours: SmppSession<ShortMessage>
  afterEach(async () => {
    await ours.close()
    theirs.destroy()
    await new Promise(resolve => server.close(resolve))
  })

  test('bind, GSM, UCS-2 and a long text, receipts, enquire_link, unbind', async () => {
    const submits: Pdu[] = []
    server = smpp.createServer(session => {
      theirs = session
      session.on('error', () => {})
      session.on('bind_transceiver', (pdu: Pdu) => session.send(pdu.response()))
      session.on('submit_sm', (pdu: Pdu) => {
        submits.push(pdu)
        session.send(
          pdu.response(submits.length === 4 ? { command_status: 0x58 } : { message_id: `id-${submits.length}` }),
        )
      })
      session.on('unbind', (pdu: Pdu) => session.send(pdu.response()))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const results: SubmitResult<ShortMessage>[] = []
    const batches: DeliverBatch[] = []
    ours = openSession<ShortMessage>(
      {
        host: '127.0.0.1',
        port: address !== null && typeof address === 'object' ? address.port : 0,
        systemId: 'homing',
        password: 'secret',
        gatherMs: 1,
      },
      {
        answered: list => results.push(...list),
        delivered(batch) {
          batches.push(batch)
          batch.ack()
        },
      },
    )
    await until(() => expect(ours.state).toBe('bound'))
    ours.submit([
      plain,
      { ...plain, dataCoding: 8, shortMessage: ucs2('Hej 🙂') },
      { ...plain, esmClass: 0x40, shortMessage: Buffer.from([5, 0, 3, 7, 2, 1, ...Buffer.from('part one')]) },
      plain,
    ])
    await until(() => expect(results).toHaveLength(4))
    expect(results.slice(0, 3).map(r => r.outcome)).toEqual(
      [1, 2, 3].map(n => ({ kind: 'accepted', providerId: `id-${n}` })),
    )
    expect(results[3]!.outcome).toMatchObject({ kind: 'refused', reason: 'throttle' })
    expect(submits[0]).toMatchObject({
      source_addr: 'Homing',
      source_addr_ton: 5,
      destination_addr: '46701234567',
      registered_delivery: 1,
      short_message: { message: 'Hello' },
    })
    expect(submits[1]).toMatchObject({ data_coding: 8, short_message: { message: 'Hej 🙂' } })
    expect(submits[2]).toMatchObject({ esm_class: 0x40, short_message: { message: 'part one' } })

    const answers: Pdu[] = []
    const receipt =
      'id:id-1 sub:001 dlvrd:001 submit date:2611231200 done date:2611231201 stat:DELIVRD err:000 text:Hello'
    const from = { source_addr: '46701234567', destination_addr: 'Homing' }
    theirs.deliver_sm({ ...from, esm_class: 4, short_message: receipt }, pdu => answers.push(pdu))
    theirs.deliver_sm(
      {
        ...from,
        esm_class: 4,
        short_message: '',
        receipted_message_id: 'id-2',
        message_state: 5,
        network_error_code: Buffer.of(3, 0, 1),
      },
      pdu => answers.push(pdu),
    )
    theirs.enquire_link(pdu => answers.push(pdu))
    await until(() => expect(answers).toHaveLength(3))
    expect(answers.every(a => a.command_status === 0)).toBe(true)
    expect(batches.flatMap(b => b.messages).map(m => parseReceipt(m))).toMatchObject([
      { providerId: 'id-1', state: 'delivered' },
      { providerId: 'id-2', state: 'hard', counts: true },
    ])
    await ours.close()
    expect(ours.state).toBe('stopped')
  })
})

describe('npm smpp as the client', () => {
  let server: SmppServer<ShortMessage>
  let theirs: TheirSession
  afterEach(async () => {
    theirs.destroy()
    await server.close()
  })

  test('bind, GSM, UCS-2 and a long text, receipts, query_sm, enquire_link, unbind', async () => {
    const got: ReceivedMessage[] = []
    const acknowledged: (number | undefined)[] = []
    let session: ServerSession<ShortMessage> | undefined
    server = await listenSmpp<ShortMessage>({
      handlers: {
        bind: bind => (bind.systemId === 'homing' && bind.password === 'secret' ? 0 : 0x0e),
        bound(s) {
          session = s
        },
        submitted(s, messages) {
          for (const message of messages) {
            got.push(message)
            s.answer(message.sequence, message.dest === '0' ? 0x0b : 0, `id-${got.length}`)
          }
        },
        acknowledged: (_, __, commandStatus) => acknowledged.push(commandStatus),
      },
    })
    await new Promise<void>(resolve => {
      theirs = smpp.connect({ url: `smpp://127.0.0.1:${server.port}` }, resolve)
    })
    theirs.on('error', () => {})
    const answers: Pdu[] = []
    const answered = (pdu: Pdu) => answers.push(pdu)
    theirs.bind_transceiver({ system_id: 'homing', password: 'wrong' }, answered)
    theirs.bind_transceiver({ system_id: 'homing', password: 'secret' }, answered)
    await until(() => expect(answers.map(a => a.command_status)).toEqual([0x0e, 0]))

    const to = { source_addr: 'Homing', destination_addr: '46701234567', registered_delivery: 1 }
    theirs.submit_sm({ ...to, data_coding: 0, short_message: 'Hello @ [Åsa]' }, answered)
    theirs.submit_sm({ ...to, data_coding: 8, short_message: 'Hej 🙂' }, answered)
    theirs.submit_sm(
      { ...to, esm_class: 0x40, short_message: { udh: Buffer.of(5, 0, 3, 7, 2, 1), message: 'part one' } },
      answered,
    )
    theirs.submit_sm({ ...to, destination_addr: '0', short_message: 'x' }, answered)
    theirs.query_sm({ message_id: 'id-1' }, answered)
    theirs.enquire_link(answered)
    await until(() => expect(answers).toHaveLength(8))
    const byCommand = (name: string) => answers.filter(a => a.command === name)
    expect(byCommand('submit_sm_resp').map(a => [a.command_status, a.message_id])).toEqual([
      [0, 'id-1'],
      [0, 'id-2'],
      [0, 'id-3'],
      [0x0b, undefined],
    ])
    expect(byCommand('generic_nack')).toMatchObject([{ command_status: 3 }])
    expect(byCommand('enquire_link_resp')).toHaveLength(1)
    expect(Buffer.from(got[1]!.shortMessage)).toEqual(ucs2('Hej 🙂'))
    expect(partOf(got[2]!)).toEqual({ part: { reference: 7, total: 2, number: 1 }, textFrom: 6 })

    const delivered: Pdu[] = []
    theirs.on('deliver_sm', (pdu: Pdu) => {
      delivered.push(pdu)
      theirs.send(pdu.response())
    })
    const content = {
      providerId: 'id-1',
      stat: 'UNDELIV',
      state: 5,
      gsmError: 1,
      submittedAt: '2611231200',
      doneAt: '2611231200',
    }
    session!.deliver([{ ...plain, esmClass: 4, shortMessage: receiptLine(content), tlvs: receiptTlvs(content) }])
    await until(() => expect(acknowledged).toEqual([0]))
    expect(delivered[0]).toMatchObject({
      esm_class: 4,
      receipted_message_id: 'id-1',
      message_state: 5,
      short_message: { message: receiptLine(content).toString() },
    })
    theirs.unbind(answered)
    await until(() => expect(byCommand('unbind_resp')).toHaveLength(1))
    await until(() => expect(server.sessions.size).toBe(0))
  })
})
