/** Valid names of attributes: a name must fit into a data tag (##name|default##) and into a mapping. */
const pattern = /^[\p{L}_][\p{L}\p{N}_.-]{0,63}$/u

export const attributeNameRule = 'a name begins with a letter and has letters, digits, "_", "-" and ".", 64 at most'

export function isAttributeName(name: string): boolean {
  return pattern.test(name)
}
