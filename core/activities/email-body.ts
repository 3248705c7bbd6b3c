/** The blocks of an e-mail as a draft keeps them: a list with a version, so that an older Homing refuses blocks that it could not show. */
import { type Block, type BlockKind, bodyVersion, innerWidth, spacerSizes } from '../email/blocks.ts'
import type { JsonSchema } from '../segments/shape.ts'
import {
  constant,
  type DocumentField,
  type DocumentShape,
  field,
  neededField,
  readShape,
  requestSchema,
} from './document.ts'
import { type Fields, oneOfKind, textKind, type ValueKind } from './fields.ts'

const words = (maxLength: number, more: JsonSchema = {}) => ({ type: 'string', maxLength, ...more })
const wholeKind = (from: number, to: number): ValueKind<number> => ({
  name: `a whole number from ${from} to ${to}`,
  plural: `whole numbers from ${from} to ${to}`,
  is: (value): value is number => Number.isInteger(value) && Number(value) >= from && Number(value) <= to,
})

// A draft keeps what is too long to be sent, so that nothing that was pasted is lost.
const shapes = {
  heading: {
    kind: constant('heading'),
    text: neededField(textKind, '', words(2000)),
    level: field(wholeKind(1, 2), 1, { type: 'integer', minimum: 1, maximum: 2, description: '1: the title' }),
  },
  text: {
    kind: constant('text'),
    text: neededField(
      textKind,
      '',
      words(40_000, {
        description:
          'with **bold**, _italic_, [links](https://example.com), lines that begin with "- " or "1. ", and data tags',
      }),
    ),
  },
  button: {
    kind: constant('button'),
    label: neededField(textKind, '', words(500)),
    url: neededField(textKind, '', words(4000)),
  },
  image: {
    kind: constant('image'),
    src: neededField(textKind, '', words(4000, { description: 'its address' })),
    alt: field(textKind, '', words(1000, { description: 'what it shows; empty for one that only decorates' })),
    url: field(textKind, '', words(4000, { description: 'where a click on it leads; empty: nowhere' })),
    width: field(wholeKind(1, innerWidth), innerWidth, { type: 'integer', minimum: 1, maximum: innerWidth }),
  },
  divider: { kind: constant('divider') },
  spacer: {
    kind: constant('spacer'),
    size: field(oneOfKind('small', 'medium', 'large'), 'medium', { enum: Object.keys(spacerSizes) }),
  },
} satisfies { readonly [Kind in BlockKind]: DocumentShape }

const kinds = oneOfKind('heading', 'text', 'button', 'image', 'divider', 'spacer')
const mostKept = 300

function readBlock(fields: Fields): Block {
  const kind = fields.required('kind', kinds, 'divider')
  switch (kind) {
    case 'heading':
      return readShape(fields, shapes.heading)
    case 'text':
      return readShape(fields, shapes.text)
    case 'button':
      return readShape(fields, shapes.button)
    case 'image':
      return readShape(fields, shapes.image)
    case 'divider':
      return readShape(fields, shapes.divider)
    case 'spacer':
      return readShape(fields, shapes.spacer)
  }
}

export interface EmailBody {
  v: typeof bodyVersion
  blocks: Block[]
}

const empty: EmailBody = { v: bodyVersion, blocks: [] }

export const emailBody: DocumentField<EmailBody> = {
  read(from, key) {
    if (!from.has(key)) return empty
    const fields = from.object(key)
    const v = fields.required('v', wholeKind(1, 1000), bodyVersion)
    if (v > bodyVersion) fields.fault('v', `is ${v}; this version knows ${bodyVersion}`, 'activity_newer')
    return v > bodyVersion ? empty : { v: bodyVersion, blocks: fields.objects('blocks').map(readBlock) }
  },
  neutral: empty,
  schema: {
    type: 'object',
    required: ['v', 'blocks'],
    additionalProperties: false,
    properties: {
      v: { type: 'integer', const: bodyVersion, minimum: bodyVersion, maximum: bodyVersion },
      blocks: {
        type: 'array',
        maxItems: mostKept,
        items: { anyOf: Object.values(shapes).map(shape => requestSchema<DocumentShape>(shape, Object.keys(shape))) },
      },
    },
  },
}
