/**
 * What does an e-mail consist of? A vertical list of blocks with a footer that is always there, or HTML that somebody pasted. The text part is
 * made from it unless somebody writes it. All of it may hold data tags (core/sms/template.ts has the syntax).
 */

/** Raised when a block changes its meaning; a new kind of block raises it too, since an older version cannot show it. */
export const bodyVersion = 1

export const spacerSizes = { small: 12, medium: 24, large: 48 } as const
export type SpacerSize = keyof typeof spacerSizes

export type Block =
  /** level 1 is the title of the e-mail */
  | { kind: 'heading'; text: string; level: number }
  /** with a few signs of markup (markup.ts) */
  | { kind: 'text'; text: string }
  | { kind: 'button'; label: string; url: string }
  /** `url`: where a click on it leads; empty: nowhere. `alt`: empty for one that only decorates */
  | { kind: 'image'; src: string; alt: string; url: string; width: number }
  | { kind: 'divider' }
  | { kind: 'spacer'; size: SpacerSize }
export type BlockKind = Block['kind']

export const blockNames: Readonly<Record<BlockKind, string>> = {
  heading: 'Heading',
  text: 'Text',
  button: 'Button',
  image: 'Image',
  divider: 'Divider',
  spacer: 'Space',
}

export interface WrittenEmail {
  subject: string
  /** what a list of e-mails shows behind the subject */
  preheader: string
  fromName: string
  format: 'blocks' | 'html'
  body: { blocks: readonly Block[] }
  /** under the blocks: who sends it, and the unsubscribe link with its label; empty: "Unsubscribe" */
  footer: { address: string; label: string }
  /** pasted; it has a link to ##unsubscribe## of its own */
  html: string
  /** null: made from the rest */
  text: string | null
}

/** UTF-16 units of a field. A draft keeps more (core/activities/content.ts); what is longer is not sent. */
export const emailLimits = {
  subject: 200,
  preheader: 200,
  fromName: 64,
  heading: 300,
  text: 20_000,
  label: 100,
  alt: 300,
  address: 500,
  html: 200_000,
  blocks: 100,
  links: 60,
  tags: 30,
} as const

/** Bytes of the HTML as one person gets it. Gmail shows no more than 102 kB of an e-mail. */
export const htmlSize = { warn: 80 * 1024, refuse: 100 * 1024 } as const

/** Pixels: of the e-mail, and of what is in its frame. */
export const emailWidth = 600
export const innerWidth = 536

export function newBlock(kind: BlockKind): Block {
  switch (kind) {
    case 'heading':
      return { kind, text: '', level: 1 }
    case 'text':
      return { kind, text: '' }
    case 'button':
      return { kind, label: '', url: '' }
    case 'image':
      return { kind, src: '', alt: '', url: '', width: innerWidth }
    case 'divider':
      return { kind }
    case 'spacer':
      return { kind, size: 'medium' }
  }
}
