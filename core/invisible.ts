/**
 * Characters that show nothing and that a person cannot type on purpose: they come with copied cells, and make two texts of one. They are
 * removed from keys, addresses, numbers and names. Joiners stay where a script or an emoji needs them: between letters of the scripts that
 * join (Persian, Hindi …) and within emoji.
 */
const mayHave = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/
/** Soft hyphen, zero width space, direction marks and controls, word joiner, invisible operators, byte order mark, annotation marks. */
const always = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g
/** Letters, marks and pictures between which a joiner says something. */
const joining =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Kannada}\p{Script=Khmer}\p{Script=Malayalam}\p{Script=Myanmar}\p{Script=Oriya}\p{Script=Sinhala}\p{Script=Tamil}\p{Script=Telugu}\p{Extended_Pictographic}\p{Emoji_Modifier}\p{M}]/u

export function withoutInvisible(text: string): string {
  if (!mayHave.test(text)) return text
  const bare = text.replace(always, '')
  if (!bare.includes('\u200c') && !bare.includes('\u200d')) return bare
  const characters = [...bare]
  const isJoiner = (character: string | undefined) => character === '\u200c' || character === '\u200d'
  return characters
    .filter(
      (character, i) =>
        !isJoiner(character) || (joining.test(characters[i - 1] ?? '') && joining.test(characters[i + 1] ?? '')),
    )
    .join('')
}
