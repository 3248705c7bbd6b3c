import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Block, emailLimits, type WrittenEmail } from './blocks.ts'
import { type EmailTemplate, largestHtml, parseEmail, renderEmail, usualHtml } from './email-template.ts'
import { byteLength } from './pieces.ts'

const written = (more: Partial<WrittenEmail> = {}): WrittenEmail => ({
  subject: 'Hello ##first_name|friend##',
  preheader: '',
  fromName: 'Acme',
  format: 'blocks',
  body: { blocks: [{ kind: 'text', text: 'Hi ##first_name|there##.' }] },
  footer: { address: 'Acme AB\nStorgatan 1, Umeå', label: '' },
  html: '',
  text: null,
  ...more,
})
const blocks = (...all: Block[]) => written({ body: { blocks: all } })
const html = (source: string) => written({ format: 'html', html: source })
const addresses = { linkFor: (slot: number) => `https://l.se/L${slot}`, unsubscribe: 'https://l.se/U' }
const render = (template: EmailTemplate, vars = {}) => renderEmail(template, vars, addresses)
const codes = ({ problems }: EmailTemplate) => problems.map(({ code }) => code)
const leave = '<a href="##unsubscribe##">Leave</a>'

test('an e-mail of blocks has HTML and text, its links once, and the way out in both', () => {
  const template = parseEmail(
    blocks(
      { kind: 'heading', text: 'Autumn & more', level: 1 },
      {
        kind: 'text',
        text: 'Hi **##first_name|there##**, see [our shop](https://example.com/a?x=1&y=2).\n\n- one\n- two',
      },
      { kind: 'button', label: 'To the shop', url: 'https://example.com/a?x=1&y=2' },
      { kind: 'image', src: 'https://img.example.com/a.png', alt: 'A tree', url: '', width: 300 },
    ),
  )
  expect(template.problems).toEqual([])
  expect(template.links.map(({ url }) => url)).toEqual(['https://example.com/a?x=1&y=2'])
  expect([template.tags, template.unsubscribe]).toEqual([['first_name'], true])
  const mail = render(template, { first_name: 'Åsa <3' })
  expect(mail.subject).toBe('Hello Åsa <3')
  expect(mail.html).toContain('<strong>Åsa &#60;3</strong>')
  expect(mail.html.split('href="https://l.se/L0"')).toHaveLength(3)
  expect(mail.html).toContain('href="https://l.se/U"')
  expect(mail.html).toContain('<ul')
  expect(mail.text).toBe(
    'Autumn & more\n\nHi Åsa <3, see our shop <https://l.se/L0>.\n\n- one\n- two\n\nTo the shop <https://l.se/L0>\n\nA tree\n\n--\nAcme AB\nStorgatan 1, Umeå\nUnsubscribe: https://l.se/U\n',
  )
})

test('what is missing is said, with its place', () => {
  const empty = parseEmail(written({ subject: ' ', body: { blocks: [] }, footer: { address: '', label: '' } }))
  expect(codes(empty)).toEqual(['email_subject_empty', 'email_body_empty', 'email_footer_address'])
  const odd = parseEmail(
    blocks(
      { kind: 'button', label: '', url: '' },
      { kind: 'image', src: '', alt: '', url: '', width: 10 },
      { kind: 'text', text: '[x](javascript:alert(1)) ##nothing## [y](https://##first_name##.se/)' },
    ),
    { attributes: new Set(['first_name']) },
  )
  expect(odd.problems.map(({ code, place }) => [code, place.block])).toEqual([
    ['email_button_label', 0],
    ['email_button_url', 0],
    ['email_image_missing', 1],
    ['text_unknown_tag', 2],
    ['text_tag_in_host', 2],
  ])
  expect(codes(parseEmail(written({ subject: '##unsubscribe##' })))).toEqual(['email_unsubscribe_place'])
  expect(codes(parseEmail(written({ fromName: 'ceo@bank.se' })))).toEqual(['email_from_name_address'])
  expect(codes(parseEmail(blocks({ kind: 'button', label: 'x', url: 'javascript:alert(1)' })))).toEqual([
    'text_link_scheme',
  ])
})

test('a header is one line, whatever is pasted and whatever a profile says', () => {
  const template = parseEmail(written({ subject: 'A\r\nBcc: evil@x.se ##first_name##', fromName: 'Acme\u202e\nX' }))
  const mail = render(template, { first_name: 'x\r\nX-Evil: 1\u0000\u202e' })
  expect(mail.subject).toBe('A Bcc: evil@x.se x X-Evil: 1')
  expect(mail.fromName).toBe('Acme X')
})

test('a link whose text is an address leads there itself', () => {
  const template = parseEmail(
    blocks({ kind: 'text', text: '[https://example.com](https://example.com/a) [here](https://example.com/a)' }),
  )
  expect(template.notes).toMatchObject([{ kind: 'untracked' }])
  const { html, text } = render(template)
  expect(html).toContain('href="https://example.com/a"')
  expect(html).toContain('href="https://l.se/L0"')
  expect(text).toContain('https://example.com <https://example.com/a> here <https://l.se/L0>')
})

test('pasted HTML stays as it is, but for links, values and what no e-mail may hold', () => {
  const source = `<!DOCTYPE html>
<html><head><title>x</title><style>@media (max-width:600px){.a{color:red}}</style></head>
<body bgcolor=#ffffff><!--[if mso]><table><tr><td><![endif]-->
<p class=a STYLE='color:blue'>Hej ##first_name|v&auml;n##!</p>
<A HREF='https://example.com/?a=1&amp;b=##city##'>Shop</A> <a href=https://example.com/two>Two</a>
<img src="https://img.example.com/a.png" alt="##first_name##">
${leave}</body></html>`
  const template = parseEmail(html(source))
  expect(template.problems).toEqual([])
  expect(template.notes).toEqual([])
  expect(template.links.map(({ url }) => url)).toEqual([
    'https://example.com/?a=1&b=##city##',
    'https://example.com/two',
  ])
  const mail = render(template, { first_name: '"><b>' })
  const expected = source
    .replace('##first_name|v&auml;n##', '&#34;&#62;&#60;b&#62;')
    .replace(`HREF='https://example.com/?a=1&amp;b=##city##'`, 'href="https://l.se/L0"')
    .replace('href=https://example.com/two', 'href="https://l.se/L1"')
    .replace('"##first_name##"', '"&#34;&#62;&#60;b&#62;"')
    .replace('##unsubscribe##', 'https://l.se/U')
  expect(mail.html).toBe(expected)
  expect(mail.text).toContain('Hej "><b>!')
  expect(mail.text).toContain('Shop <https://l.se/L0>')
  expect(render(template).html).toContain('Hej vän!')
})

test.each([
  ['a script', '<script>alert(1)</script>', 'alert'],
  ['a script that is never closed', '<script>alert(1)', 'alert'],
  ['a handler', '<p onclick="alert(1)">x</p>', 'onclick'],
  ['a handler without quotes, behind a slash', '<img/onerror=alert(1) src=x>', 'onerror'],
  ['javascript:', '<a href="javascript:alert(1)">x</a>', 'javascript'],
  ['javascript: with a line break and entities', '<a href="jav&#x0A;ascript&colon;alert(1)">x</a>', 'alert'],
  ['data:', '<a href="data:text/html,<script>alert(1)</script>">x</a>', 'data:'],
  ['a frame', '<iframe srcdoc="<script>alert(1)</script>"></iframe>', 'srcdoc'],
  ['an object', '<object data="https://x.se/a"><p>y</p></object>', 'object'],
  ['a form', '<form action="https://x.se"><input name=a></form>', 'input'],
  ['a base', '<base href="https://evil.se/">', 'base'],
  ['a redirect', '<meta http-equiv="refresh" content="0;url=https://evil.se">', 'refresh'],
  ['a style sheet', '<link rel=stylesheet href="https://evil.se/a.css">', 'evil'],
  ['an import', '<style>@import "https://evil.se/a.css";</style>', 'evil'],
  ['an import with an escape', '<style>@\\69mport "https://evil.se/a.css";</style>', 'evil'],
  ['a style with a script', '<p style="background:url(javascript:alert(1))">x</p>', 'javascript'],
  ['a style with an expression', '<p style="width:expression(alert(1))">x</p>', 'expression'],
  ['an image of data', '<img src="data:image/svg+xml,<svg onload=alert(1)>">', 'svg'],
  ['SVG', '<svg><a xlink:href="javascript:alert(1)">x</a></svg>', 'svg'],
  [
    'MathML',
    '<math><mtext><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;"></math>',
    'math',
  ],
])('%s is removed', (_, source, gone) => {
  const template = parseEmail(html(`<p>Hi</p>${leave}${source}`))
  expect(template.notes.map(({ kind }) => kind)).toContain('removed')
  expect(render(template).html).not.toContain(gone)
})

test.each([
  ['a style', '<style>.a{color:##color##}</style>'],
  ['a style attribute', '<p style="color:##color##">x</p>'],
  ['a comment', '<!-- ##color## -->'],
  ['an attribute without quotes', '<img src="https://x.se/a" alt=##color##>'],
  ['a class', '<p class="##color##">x</p>'],
  ['the name of an attribute', '<p ##color##="x">x</p>'],
])('a data tag in %s is a problem', (_, source) => {
  expect(codes(parseEmail(html(`${leave}${source}`)))).toEqual(['email_tag_place'])
})

test.each([
  ['the scheme', '<a href="##url##">x</a>', 'text_link_invalid'],
  ['the host', '<a href="https://##host##/">x</a>', 'text_tag_in_host'],
  ['half of it in another element', '<p>##first_<b>name##</b></p>', 'text_unclosed_tag'],
])('a data tag in %s of a link is a problem', (_, source, code) => {
  expect(codes(parseEmail(html(`${leave}${source}`)))).toContain(code)
})

test('a problem of pasted HTML names its line', () => {
  const { problems } = parseEmail(html(`<p>a</p>\n\n<p class="##x##">b</p>${leave}`))
  expect(problems).toMatchObject([{ place: { field: 'html', line: 3 } }])
})

test('pasted HTML without an unsubscribe link is not sent', () => {
  expect(codes(parseEmail(html('<p>Hi</p>')))).toEqual(['email_unsubscribe_missing'])
  expect(codes(parseEmail(html('<p>Leave: ##unsubscribe##</p>')))).toEqual([])
})

test('60 links are the most; the same one twice counts once', () => {
  const links = (n: number) => Array.from({ length: n }, (_, i) => `<a href="https://x.se/${i}">x</a>`).join('')
  expect(codes(parseEmail(html(links(60) + links(60) + leave)))).toEqual([])
  expect(codes(parseEmail(html(links(61) + leave)))).toEqual(['email_too_many_links'])
})

test('a text part of somebody has tracked links, and its way out', () => {
  const template = parseEmail(written({ text: 'Hi ##first_name##, https://example.com/x and https://example.com/x!' }))
  expect(template.links).toHaveLength(1)
  expect(render(template, { first_name: 'Åsa' }).text).toBe(
    'Hi Åsa, https://l.se/L0 and https://l.se/L0!\n\n--\nUnsubscribe: https://l.se/U\n',
  )
})

test('the size that is checked is that of the longest values', () => {
  const template = parseEmail(written())
  const most = '\u{1f600}'.repeat(1000)
  const { html } = render(template, { first_name: most })
  expect(largestHtml(template, addresses.unsubscribe)).toBeGreaterThanOrEqual(byteLength(html) - 10)
  expect(usualHtml(template, addresses.unsubscribe)).toBe(byteLength(render(template).html))
})

test('one tag of many attributes takes no time that is worth mentioning, and is refused', () => {
  const attributes = Array.from({ length: 60_000 }, (_, i) => `a${i}`)
    .join(' ')
    .slice(0, 190_000)
  const began = performance.now()
  expect(codes(parseEmail(html(`<p ${attributes}>x</p>${leave}`)))).toContain('email_html_tag_long')
  expect(performance.now() - began).toBeLessThan(5000)
})

const value = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '</td><script>',
    '" onload="',
    "' x='",
    'javascript:',
    '##x##',
    '\u202e',
    '\ud800',
    'a\r\nb',
    '&amp;',
    '👩‍👩‍👧',
  ),
)

test('no value makes markup, another header or another address', () => {
  const template = parseEmail(
    blocks(
      {
        kind: 'text',
        text: '##v## [link](https://example.com/##v##?x=##v##) [mail](mailto:info@example.com?subject=##v##)',
      },
      { kind: 'image', src: 'https://example.com/##v##.png', alt: '##v##', url: '', width: 10 },
    ),
  )
  const outline = (text: string) => text.replace(/[^<>"]/g, '').length
  const base = outline(render(template, { v: 'x' }).html)
  fc.assert(
    fc.property(value, v => {
      const mail = render(template, { v })
      expect(outline(mail.html)).toBe(base)
      expect(mail.html).not.toMatch(/href="(?!https:\/\/|mailto:)/)
      expect(mail.subject).not.toMatch(/[\r\n\0]/)
    }),
  )
})

const fragment = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '<',
    '>',
    '"',
    "'",
    '=',
    '/',
    '##',
    '##x##',
    '<a href="https://x.se/a">',
    '</a>',
    '<!--',
    '-->',
    '<script>',
    '</script>',
    '<style>',
    '</style>',
    ' onclick=',
    '<p ',
    '&lt;',
    '<![CDATA[',
    ']]>',
    '<svg>',
    '<title>',
    '<textarea>',
  ),
)

test('whatever is pasted: it is read without an error, and the result has no script and no handler', () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 30 }), parts => {
      const template = parseEmail(html(parts.join('')))
      const first = render(template).html
      // Read again, there is nothing left to remove.
      const again = parseEmail(html(first))
      expect(again.notes.filter(({ kind }) => kind === 'removed')).toEqual([])
    }),
  )
})

test('whatever is written in blocks, the HTML is balanced', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(fc.string(), fc.constantFrom('**', '_', '[', '](https://x.se)', '\n', '- ', '\n\n', '##', '##a|b##')),
        { maxLength: 40 },
      ),
      parts => {
        const { html } = render(parseEmail(blocks({ kind: 'text', text: `x${parts.join('')}` })))
        for (const name of ['p', 'ul', 'ol', 'li', 'strong', 'em', 'a', 'table'])
          expect([name, html.split(new RegExp(`<${name}[ >]`)).length]).toEqual([name, html.split(`</${name}>`).length])
      },
    ),
  )
})

test('too many blocks, and texts too long, are refused', () => {
  const many = blocks(...Array.from({ length: 101 }, (): Block => ({ kind: 'text', text: 'x' })))
  expect(codes(parseEmail(many))).toEqual(['email_too_many_blocks'])
  expect(codes(parseEmail(written({ subject: 'x'.repeat(emailLimits.subject + 1) })))).toEqual(['text_too_long'])
})

test.each([
  ['what follows a removed tag', '<<form>img src=x onerror=alert(1)>'],
  ['what follows an element that is removed whole', '<<script></script>img src=x onerror=alert(1)>'],
  ['an attribute that is given twice', '<p onclick="" onclick="alert(1)">x</p>'],
  ['an attribute that is given three times', '<p onclick=a ONCLICK=b onclick=alert(1) >x</p>'],
  ['an address that is given twice', '<a href="javascript:" href="javascript:alert(1)">x</a>'],
  ['the end of the source', '<img src=x onerror=alert(1) '],
])('nothing becomes a tag or an attribute by what is taken out: %s', (_, source) => {
  const template = parseEmail(html(`${leave}${source}`))
  const again = parseEmail(html(render(template).html))
  expect(again.notes.filter(({ kind }) => kind === 'removed')).toEqual([])
  expect(render(template).html).not.toMatch(/<[^>]*alert/)
})

test('a value behind a "<" begins no tag', () => {
  const template = parseEmail(html(`${leave}<p>Write to <##email##> or &lt;##email##&gt;</p>`))
  const mail = render(template, { email: 'img src=x onerror=alert(1) ' })
  expect(codes(template)).toEqual([])
  expect(mail.html).toContain('<p>Write to &lt;img src=x onerror=alert(1)> or &lt;img')
  expect(render(template, { email: 'a@b.se' }).text).toContain('Write to <a@b.se> or <a@b.se>')
})
