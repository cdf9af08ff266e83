/** A text with every stretch of whitespace as one space: line breaks of the YAML do not count. */
export function fold(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}
