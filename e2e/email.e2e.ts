/** An e-mail as a marketer makes one: written of blocks, previewed, pasted as HTML; and a draft of one from the report of an SMS. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { SMTPServer } from 'smtp-server'
import { beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { violations } from './axe.ts'
import { allLooks } from './every-page.ts'
import { type Homing, openHoming } from './homing.ts'

let homing: Homing
let page: Page

beforeAll(async () => {
  const opened = await openHoming()
  ;({ homing, page } = opened)
  page.setDefaultTimeout(20_000)
  await page.getByRole('heading', { level: 1, name: 'SMS' }).waitFor()
  return opened.close
})

const step = (name: string) => page.getByRole('main').getByRole('link', { name }).first().click()
/** What the server has of the draft that is open. */
const kept = async () => {
  const id = /\/sms\/(\d+)\//.exec(page.url())?.[1]
  const answer = await page.request.get(`${homing.url}/api/v1/workspaces/1/activities/${id}`)
  return ((await answer.json()) as { content: object }).content
}
const read = async (path: string) =>
  (await (await page.request.get(`${homing.url}/api/v1/workspaces/1${path}`)).json()) as {
    figures: { queued: number; pending: number; delivered: number }
  }
const post = async (path: string, data: object) => {
  const answer = await page.request.post(`${homing.url}/api/v1/workspaces/1${path}`, {
    headers: { origin: homing.url },
    data,
  })
  expect(answer.status(), await answer.text()).toBeLessThan(300)
}
const frame = () => page.frameLocator('iframe[title="The e-mail"]')

test('it is written of blocks, shown as a mail program shows it, and kept', async () => {
  await page.getByRole('button', { name: 'New e-mail' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Autumn mail')
  await page.getByText('This workspace has no gateway for e-mail yet.').waitFor()
  await step('Content')
  await page.getByText('There is no subject. Enter one.').waitFor()

  await page.getByLabel('From name').fill('Acme')
  await page.getByLabel('From address').fill('news@gmail.com')
  await page.keyboard.press('Tab')
  await page.getByText('Mail servers refuse e-mail from gmail.com').waitFor()
  await page.getByLabel('From address').fill('news@acme.example')
  await page.getByLabel('Subject', { exact: true }).fill('Hi ##first_name|there##')
  await page.getByRole('button', { name: 'Start with three blocks' }).click()
  await page.getByLabel('Heading of block 1', { exact: true }).fill('Autumn')
  const text = page.getByLabel('Text of block 2', { exact: true })
  await text.fill('Hi ##first_name|there##, it is cold.')
  await text.selectText()
  await page.getByRole('button', { name: 'Bold' }).click()
  expect(await text.inputValue()).toBe('**Hi ##first_name|there##, it is cold.**')
  await page.getByLabel('Text of the button of block 3').fill('To the shop')
  await page.getByText('The button leads nowhere.').waitFor()
  await page.getByLabel('Address of the button of block 3', { exact: true }).fill('https://acme.example/autumn')
  await page.getByLabel('Footer', { exact: true }).fill('Acme AB\nUmeå')

  await frame().getByRole('heading', { name: 'Autumn' }).waitFor()
  await frame().getByText('Hi there, it is cold.').waitFor()
  await frame().getByRole('link', { name: 'Unsubscribe' }).waitFor()
  await page
    .getByText('https://acme.example/autumn?utm_source=homing&utm_medium=email&utm_campaign=autumn-mail')
    .waitFor()

  // By keyboard: the last block moves up, and the focus stays on its button.
  await page.getByRole('button', { name: 'Move block 3 up' }).press('Enter')
  await page.getByLabel('Text of the button of block 2').waitFor()
  await page.getByText('Text part', { exact: true }).last().click()
  await page.getByText('Unsubscribe: ').waitFor()
  await page.getByText('Desktop').click()
  await expect
    .poll(kept)
    .toMatchObject({ subject: 'Hi ##first_name|there##', body: { blocks: [{}, { kind: 'button' }, {}] } })
  await page.reload()
  await expect.poll(() => page.getByLabel('Subject', { exact: true }).inputValue()).toBe('Hi ##first_name|there##')
  await page.getByLabel('Text of the button of block 2').waitFor()
  for (const { size, colorScheme } of allLooks) {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme })
    expect(await violations(page)).toEqual([])
    const tooWide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    expect(tooWide).toBeLessThanOrEqual(0)
    if (process.env.SHOTS)
      await page.screenshot({ path: `${process.env.SHOTS}/content-${size.width}-${colorScheme}.png`, fullPage: true })
  }
  await page.setViewportSize(allLooks[0]!.size)
  await page.emulateMedia({ colorScheme: 'light' })
})

test('pasted HTML runs nothing in the preview, and says what is left out and what is wrong, by line', async () => {
  const asked: string[] = []
  page.on('request', request => asked.push(request.url()))
  await page.getByText('Paste HTML').click()
  await page
    .getByLabel('HTML', { exact: true })
    .fill(
      '<h1>Sale</h1>\n<script>parent.document.title="owned"</script>\n<img src="x" onerror="parent.document.title=1">\n<p style="color:##city##">x</p>',
    )
  await frame().getByRole('heading', { name: 'Sale' }).waitFor()
  await page.getByText('<script> in line 2').waitFor()
  await page.getByText('onerror in line 3').waitFor()
  await page.getByText('Line 4', { exact: true }).waitFor()
  await page.getByText('The HTML has no unsubscribe link.').first().waitFor()
  expect(await page.title()).not.toBe('owned')
  expect(asked.filter(url => !url.startsWith(homing.url))).toEqual([])
  expect(await violations(page)).toEqual([])
  await page.getByText('Blocks', { exact: true }).click()
  await page.getByLabel('Text of the button of block 2').waitFor()
})

test('from the report of an SMS, those who did not click are written an e-mail, which a mail server gets, and its report says so', async () => {
  const mails: { to: string; raw: string }[] = []
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        mails.push({ to: envelope.rcptTo[0]?.address ?? '', raw: Buffer.concat(chunks).toString() })
        done()
      })
    },
  })
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  try {
    const some = await giveConsents()
    await post('/gateways', {
      kind: 'smtp',
      name: 'Mail',
      settings: {
        host: '127.0.0.1',
        port,
        password: '',
        security: 'none',
        bounceDomain: 'bounce.acme.example',
        perConnection: 200,
        dkimSelector: 'homing1',
      },
    })
    await page.goto(`${homing.url}/w/1/sms/1/report`)
    await page.getByRole('button', { name: 'Actions' }).click()
    await page.getByRole('menuitem', { name: 'By e-mail: who did not click' }).click()
    await page.waitForURL(/\/edit/)
    await step('Send to')
    await page.getByText('Only people who got it and have not clicked by the time this is sent.').waitFor()
    await page.getByText('people get this e-mail').waitFor()
    expect(await violations(page)).toEqual([])
    await step('Content')
    expect(await page.getByLabel('From address').inputValue()).toBe('news@acme.example')
    await page.getByLabel('Subject', { exact: true }).fill('Did you see it, ##first_name|friend##?')
    await page.getByRole('button', { name: 'Start with three blocks' }).click()
    await page.getByLabel('Heading of block 1', { exact: true }).fill('Still time')
    await page.getByLabel('Text of the button of block 3').fill('To the shop')
    await page.getByLabel('Address of the button of block 3', { exact: true }).fill('https://acme.example/autumn')
    await step('Overview')
    await page.getByRole('button', { name: 'Send now' }).click()
    // An e-mail costs nothing, and no page speaks of a price.
    expect(await page.getByRole('dialog').textContent()).not.toMatch(/credit/)
    await page.getByRole('dialog').getByRole('button', { name: 'Send now' }).click()
    await page.waitForURL(/\/report/)
    const id = /\/sms\/(\d+)\//.exec(page.url())?.[1]
    // Somebody may have clicked in the SMS meanwhile.
    await expect
      .poll(async () => (await read(`/activities/${id}/report`)).figures, { timeout: 60_000 })
      .toMatchObject({ queued: 0, pending: 0, delivered: expect.toSatisfy((n: number) => n > 0 && n <= some) })
    const { delivered } = (await read(`/activities/${id}/report`)).figures
    expect(new Set(mails.map(({ to }) => to)).size).toBe(delivered)
    expect(mails).toHaveLength(delivered)
    expect(mails[0]?.raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m)
    await page.locator('[data-headline=delivered]').getByText(String(delivered), { exact: true }).waitFor()
    await frame().getByRole('heading', { name: 'Still time' }).waitFor()
    await page.getByText('Opens are not measured.').waitFor()
    expect(await page.locator('[data-headline=cost]').count()).toBe(0)
    expect(await violations(page)).toEqual([])
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/report.png`, fullPage: true })
  } finally {
    server.close()
  }
})

/** Ten people who got the SMS and did not click consent to e-mail: the demo's people have consented to SMS alone. */
async function giveConsents(): Promise<number> {
  const db = openDatabase({ connection: { connectionString: homing.connectionString }, lane: 'test', max: 1 })
  const reached = async () =>
    (
      await db.query<{
        id: number
      }>(sql`select /* fanout */ m.profile_id as id from messages m where m.activity_id = 1 and m.status = 'delivered'
      and m.first_click_at is null order by m.profile_id limit 10`)
    ).map(({ id }) => id)
  try {
    await expect.poll(async () => (await reached()).length, { timeout: 60_000 }).toBe(10)
    const ids = await reached()
    for (const id of ids) {
      await db.run(
        sql`update profiles set email = ${`person${id}@example.com`}, email_valid = true where bucket = ${id & 255} and profile_id = ${id}`,
      )
      await db.run(sql`insert into current_consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted)
        select ${id & 255}, ${id}, 1, t.id, 'email', now(), true from topics t where t.workspace_id = 1`)
    }
    return ids.length
  } finally {
    await db.end()
  }
}
