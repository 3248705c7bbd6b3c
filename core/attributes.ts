/**
 * What is the value of an attribute? A typed value, by which segments compare, and its written form, as the list had it ("1 225,50",
 * "2026-12-03 14:30"), which is what texts, pages and exports show. The written form is kept where the type alone would not give it back.
 */
export const attributeTypes = ['text', 'number', 'date', 'datetime'] as const
export type AttributeType = (typeof attributeTypes)[number]

/** In words, for pages and errors. */
export const attributeTypeWords: Readonly<Record<AttributeType, string>> = {
  text: 'Text',
  number: 'Number',
  date: 'Date',
  datetime: 'Date and time',
}

export function isAttributeType(text: string): text is AttributeType {
  return attributeTypes.some(type => type === text)
}

/** The written form of a value, where it has one. */
export function shownValue(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  written: Readonly<Record<string, string>>,
): string | number | undefined {
  return written[name] ?? attributes[name]
}
