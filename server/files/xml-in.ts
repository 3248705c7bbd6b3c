/**
 * Reads XML as a stream of elements and texts, by their local names. `saxes` checks that it is well-formed, and no entity that a document declares
 * expands. It holds a text or comment until its end, so what it may hold is limited here, as are attributes and depth.
 */
import { TextDecoder } from 'node:util'
import { SaxesParser } from 'saxes'
import { breather } from '../platform/breathe.ts'
import { unreadableWorkbook } from './zip-in.ts'

export interface XmlHandlers {
  /** The attributes by their names as written. */
  open?: (name: string, attributes: Readonly<Record<string, string>>) => void
  close?: (name: string) => void
  text?: (text: string) => void
}

const maxAttributes = 500
const maxDepth = 100
/** Characters of a text, comment or tag; a cell has at most 32,767. */
const maxHeld = 1024 * 1024

/** Throws `workbook_unreadable`. */
export function xmlReader({ open, close, text }: XmlHandlers): { write(chunk: Buffer): void; end(): void } {
  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false })
  let decoder: TextDecoder | undefined
  let attributes = 0
  let depth = 0
  /** Characters since something ended. */
  let held = 0
  parser.on('error', error => {
    throw unreadableWorkbook('its XML is damaged', error)
  })
  parser.on('attribute', () => {
    if (++attributes > maxAttributes) throw unreadableWorkbook(`an element has more than ${maxAttributes} attributes`)
  })
  parser.on('opentag', tag => {
    held = 0
    attributes = 0
    if (++depth > maxDepth) throw unreadableWorkbook(`its elements are nested more than ${maxDepth} deep`)
    open?.(localName(tag.name), tag.attributes)
  })
  parser.on('closetag', tag => {
    held = 0
    depth--
    close?.(localName(tag.name))
  })
  const onText = (given: string) => {
    held = 0
    text?.(given)
  }
  parser.on('text', onText)
  parser.on('cdata', onText)
  parser.on('comment', () => {
    held = 0
  })
  const write = (given: string) => {
    for (let at = 0; at < given.length; at += maxHeld / 4) {
      const piece = at === 0 && given.length <= maxHeld / 4 ? given : given.slice(at, at + maxHeld / 4)
      held += piece.length
      parser.write(piece)
      if (held > maxHeld) throw unreadableWorkbook(`a part of its XML is longer than ${maxHeld} characters`)
    }
  }
  return {
    write(chunk) {
      decoder ??= new TextDecoder(encodingOf(chunk))
      write(decoder.decode(chunk, { stream: true }))
    },
    end() {
      write(decoder?.decode() ?? '')
      parser.close()
    },
  }
}

/** Reads a whole part; requests are served in between. */
export async function readXml(chunks: AsyncIterable<Buffer>, handlers: XmlHandlers): Promise<void> {
  const reader = xmlReader(handlers)
  const breathe = breather()
  for await (const chunk of chunks) {
    reader.write(chunk)
    await breathe()
  }
  reader.end()
}

function localName(name: string): string {
  const colon = name.indexOf(':')
  return colon < 0 ? name : name.slice(colon + 1)
}

function encodingOf(start: Buffer): string {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le'
  return start[0] === 0xfe && start[1] === 0xff ? 'utf-16be' : 'utf-8'
}
