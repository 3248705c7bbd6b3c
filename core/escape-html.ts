/** Text in HTML: between tags and in quoted attributes, where it can be no markup. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
