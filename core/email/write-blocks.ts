/**
 * The HTML and the text of an e-mail of blocks: tables and inline styles, which all mail programs show; one style element for narrow and dark
 * screens, which those that do not know it ignore.
 */
import { escapeHtml } from '../escape-html.ts'
import { type Block, emailLimits, emailWidth, innerWidth, spacerSizes, type WrittenEmail } from './blocks.ts'
import { type Passage, readMarkup, type Span } from './markup.ts'
import { type EmailPiece, piecesOfAddress } from './pieces.ts'
import { type EmailPlace, type EmailReader, looksLikeAddress, type ReadAddress } from './reader.ts'

const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
const ink = '#1c2126'
const soft = '#5b646d'
const accent = '#1f5fae'
const style = `
@media (max-width:${emailWidth}px){.hm-frame{padding:24px 20px !important}.hm-outer{padding:0 !important}}
@media (prefers-color-scheme:dark){.hm-page{background:#14171a !important}.hm-card{background:#1d2125 !important}.hm-ink{color:#e8eaec !important}.hm-soft{color:#a3abb3 !important}.hm-link{color:#7db2f0 !important}.hm-line{border-color:#343a40 !important}}
`

const raw = (text: string): EmailPiece => ({ kind: 'text', text })
const plain = (text: string) => text

interface Written {
  html: EmailPiece[]
  text: EmailPiece[]
}

export function writeBlocks({ body, footer }: WrittenEmail, head: EmailPiece[], reader: EmailReader): Written {
  const blocks = body.blocks
    .slice(0, emailLimits.blocks)
    .map((block, i) => writeBlock(block, { field: 'body', block: i }, reader))
  const end = writeFooter(footer, reader)
  return {
    html: [
      raw(
        `<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>`,
      ),
      ...head,
      raw(
        `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="hm-outer" align="center" style="padding:24px 12px">`,
      ),
      raw(
        `<table role="presentation" class="hm-card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:${emailWidth}px;background:#ffffff"><tr><td class="hm-frame" style="padding:32px">`,
      ),
      ...blocks.flatMap(block => block.html),
      raw(`<div class="hm-line" style="border-top:1px solid #d9dde1;margin:24px 0 16px"></div>`),
      ...end.html,
      raw('</td></tr></table></td></tr></table></body></html>'),
    ],
    text: [...blocks.flatMap(block => (block.text.length > 0 ? [...block.text, raw('\n\n')] : [])), ...end.text],
  }
}

/** What opens the page, between the title and the first block: `title` and `preheader` are escaped pieces. */
export function headOf(title: EmailPiece[], preheader: EmailPiece[], dark = style): EmailPiece[] {
  return [
    ...title,
    raw(`</title><style>${dark}</style></head><body class="hm-page" style="margin:0;padding:0;background:#f6f7f8">`),
    ...hiddenPreheader(preheader),
  ]
}

/** Not seen, but read by lists of e-mails; what follows keeps the text of the body out of them. */
export function hiddenPreheader(preheader: EmailPiece[]): EmailPiece[] {
  if (preheader.every(piece => piece.kind === 'text' && piece.text === '')) return []
  const padding = '&#847;&zwnj;&nbsp;'.repeat(40)
  return [
    raw('<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">'),
    ...preheader,
    raw(`${padding}</div>`),
  ]
}

function writeBlock(block: Block, place: EmailPlace, reader: EmailReader): Written {
  switch (block.kind) {
    case 'heading':
      return writeHeading(block, place, reader)
    case 'text':
      return writeText(block.text, place, reader)
    case 'button':
      return writeButton(block, place, reader)
    case 'image':
      return writeImage(block, place, reader)
    case 'divider':
      return {
        html: [raw(`<div class="hm-line" style="border-top:1px solid #d9dde1;margin:24px 0"></div>`)],
        text: [raw('----')],
      }
    case 'spacer':
      return {
        html: [
          raw(
            `<div style="height:${spacerSizes[block.size]}px;line-height:${spacerSizes[block.size]}px;font-size:1px">&nbsp;</div>`,
          ),
        ],
        text: [],
      }
  }
}

function writeHeading(
  { text, level }: Extract<Block, { kind: 'heading' }>,
  place: EmailPlace,
  reader: EmailReader,
): Written {
  checkLength(text, emailLimits.heading, place, reader)
  if (text.trim() === '') return { html: [], text: [] }
  const name = level === 1 ? 'h1' : 'h2'
  const size = level === 1 ? '26px/1.25' : '20px/1.3'
  const line = text.replaceAll('\n', ' ')
  return {
    html: [
      raw(
        `<${name} class="hm-ink" style="margin:0 0 16px;${font.replace('font-family:', `font:700 ${size} `)};color:${ink}">`,
      ),
      ...reader.tagged(line, 'html', place, escapeHtml),
      raw(`</${name}>`),
    ],
    text: reader.tagged(line, 'text', place, plain),
  }
}

function writeText(text: string, place: EmailPlace, reader: EmailReader): Written {
  checkLength(text, emailLimits.text, place, reader)
  if (text.length > emailLimits.text) return { html: [], text: [] }
  const passages = readMarkup(text)
  const look = `margin:0 0 16px;${font.replace('font-family:', 'font:16px/1.5 ')};color:${ink}`
  return {
    html: passages.flatMap(passage => [...htmlOf(passage, look, place, reader)]),
    text: passages.flatMap((passage, i) => [...(i === 0 ? [] : [raw('\n\n')]), ...textOf(passage, place, reader)]),
  }
}

function htmlOf({ kind, lines }: Passage, look: string, place: EmailPlace, reader: EmailReader): EmailPiece[] {
  if (kind === 'paragraph')
    return [
      raw(`<p class="hm-ink" style="${look}">`),
      ...lines.flatMap((line, i) => [
        ...(i === 0 ? [] : [raw('<br>')]),
        ...line.flatMap(span => spanHtml(span, place, reader)),
      ]),
      raw('</p>'),
    ]
  const name = kind === 'bullets' ? 'ul' : 'ol'
  return [
    raw(`<${name} class="hm-ink" style="${look};padding:0 0 0 24px">`),
    ...lines.flatMap(line => [raw('<li>'), ...line.flatMap(span => spanHtml(span, place, reader)), raw('</li>')]),
    raw(`</${name}>`),
  ]
}

function spanHtml({ text, bold, italic, url, index }: Span, place: EmailPlace, reader: EmailReader): EmailPiece[] {
  const [open, close] = [
    `${bold ? '<strong>' : ''}${italic ? '<em>' : ''}`,
    `${italic ? '</em>' : ''}${bold ? '</strong>' : ''}`,
  ]
  const content = [raw(open), ...reader.tagged(text, 'html', place, escapeHtml, index), raw(close)]
  if (url === null) return content
  const address = reader.address(url, place, index + 1)
  return address.kind === 'wrong' ? content : anchor(address, content, text, place, reader)
}

function anchor(
  address: ReadAddress,
  content: EmailPiece[],
  text: string,
  place: EmailPlace,
  reader: EmailReader,
  look = `class="hm-link" style="color:${accent}"`,
): EmailPiece[] {
  return [raw('<a href="'), ...hrefOf(address, text, place, reader), raw(`" ${look}>`), ...content, raw('</a>')]
}

/** The value of the href for this address. */
export function hrefOf(address: ReadAddress, text: string, place: EmailPlace, reader: EmailReader): EmailPiece[] {
  if (address.kind === 'unsubscribe') return [reader.unsubscribeLink('html')]
  if (address.kind === 'wrong') return []
  if (address.kind === 'link' && !looksLikeAddress(text)) return [reader.link(address, 'html', place)]
  if (address.kind === 'link') reader.note('untracked', text.trim(), place)
  return piecesOfAddress(address.target, 'url')
}

function textOf({ kind, lines }: Passage, place: EmailPlace, reader: EmailReader): EmailPiece[] {
  return lines.flatMap((line, i) => [
    raw(`${i === 0 ? '' : '\n'}${kind === 'bullets' ? '- ' : kind === 'numbers' ? `${i + 1}. ` : ''}`),
    ...line.flatMap(span => {
      const text = quietly(reader, span.text, place)
      return span.url === null ? text : [...text, raw(' '), ...addressText(span.url, span.text, place, reader)]
    }),
  ])
}

/** The tags of the HTML have been checked; the text part has the same. */
function quietly(reader: EmailReader, text: string, place: EmailPlace): EmailPiece[] {
  const told = reader.problems.length
  const pieces = reader.tagged(text, 'text', place, plain)
  reader.problems.length = told
  return pieces
}

export function addressText(url: string, text: string, place: EmailPlace, reader: EmailReader): EmailPiece[] {
  const told = reader.problems.length
  const address = reader.address(url, place)
  reader.problems.length = told
  if (address.kind === 'unsubscribe') return [raw('<'), reader.unsubscribeLink('text'), raw('>')]
  if (address.kind === 'wrong') return []
  if (address.kind === 'link' && !looksLikeAddress(text))
    return [raw('<'), reader.link(address, 'text', place), raw('>')]
  return [raw('<'), ...piecesOfAddress(address.target, 'urlText'), raw('>')]
}

function writeButton(
  { label, url }: Extract<Block, { kind: 'button' }>,
  place: EmailPlace,
  reader: EmailReader,
): Written {
  checkLength(label, emailLimits.label, place, reader)
  if (label.trim() === '') reader.problem('email_button_label', place)
  if (url.trim() === '') {
    reader.problem('email_button_url', place)
    return { html: [], text: [] }
  }
  const address = reader.address(url, place)
  if (address.kind === 'wrong') return { html: [], text: [] }
  const content = reader.tagged(label, 'html', place, escapeHtml)
  const look = `style="display:inline-block;padding:14px 28px;${font.replace('font-family:', 'font:600 16px/1.25 ')};color:#ffffff;text-decoration:none;border-radius:6px"`
  return {
    html: [
      raw(
        `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 24px"><tr><td style="background:${accent};border-radius:6px">`,
      ),
      ...anchor(address, content, '', place, reader, look),
      raw('</td></tr></table>'),
    ],
    text: [...quietly(reader, label, place), raw(' '), ...addressText(url, '', place, reader)],
  }
}

function writeImage(
  { src, alt, url, width }: Extract<Block, { kind: 'image' }>,
  place: EmailPlace,
  reader: EmailReader,
): Written {
  checkLength(alt, emailLimits.alt, place, reader)
  if (src.trim() === '') {
    reader.problem('email_image_missing', place)
    return { html: [], text: [] }
  }
  const source = reader.address(src, place)
  if (source.kind === 'wrong') return { html: [], text: [] }
  if (source.kind !== 'link') {
    reader.problem('text_link_invalid', place, { url: src.slice(0, 60), position: 1 })
    return { html: [], text: [] }
  }
  if (alt.trim() === '') reader.note('alt', src.trim(), place)
  const wide = Math.min(Math.max(1, Math.round(width)), innerWidth)
  const image = [
    raw('<img src="'),
    ...piecesOfAddress(source.target, 'url'),
    raw('" alt="'),
    ...reader.tagged(alt, 'html', place, escapeHtml),
    raw(`" width="${wide}" style="display:block;width:100%;max-width:${wide}px;height:auto;border:0">`),
  ]
  const address: ReadAddress = url.trim() === '' ? { kind: 'wrong' } : reader.address(url, place)
  const isLink = address.kind !== 'wrong'
  return {
    html: [
      raw('<div style="margin:0 0 16px">'),
      ...(isLink ? anchor(address, image, '', place, reader) : image),
      raw('</div>'),
    ],
    text: [
      ...(alt.trim() === '' ? [] : quietly(reader, alt, place)),
      ...(isLink ? [raw(' '), ...addressText(url, '', place, reader)] : []),
    ],
  }
}

/** Who sends it, and the way out: no e-mail of blocks is without them. */
export function writeFooter({ address, label }: WrittenEmail['footer'], reader: EmailReader): Written {
  const place: EmailPlace = { field: 'footer' }
  if (address.trim() === '') reader.problem('email_footer_address', place)
  checkLength(address, emailLimits.address, place, reader)
  checkLength(label, emailLimits.label, place, reader)
  const lines = address.trim().split('\n')
  const word = label.trim() || 'Unsubscribe'
  const look = `margin:0 0 8px;${font.replace('font-family:', 'font:13px/1.5 ')};color:${soft}`
  return {
    html: [
      raw(`<p class="hm-soft" style="${look}">`),
      ...lines.flatMap((line, i) => [raw(i === 0 ? '' : '<br>'), ...reader.tagged(line, 'html', place, escapeHtml)]),
      raw(`</p><p class="hm-soft" style="${look}"><a href="`),
      reader.unsubscribeLink('html'),
      raw(`" class="hm-soft" style="color:${soft}">${escapeHtml(word)}</a></p>`),
    ],
    text: [
      raw('--\n'),
      ...quietly(reader, address.trim(), place),
      raw(`\n${word}: `),
      reader.unsubscribeLink('text'),
      raw('\n'),
    ],
  }
}

function checkLength(text: string, limit: number, place: EmailPlace, reader: EmailReader): void {
  if (text.length > limit) reader.problem('text_too_long', place, { count: text.length, limit })
}
