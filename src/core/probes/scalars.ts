import { stringify } from 'yaml';

/** A text as YAML would write it on one line: plain where that is safe, quoted otherwise. */
export function quoted(text: string): string {
  return stringify(text, {
    lineWidth: 0,
    blockQuote: false,
    singleQuote: true,
  }).trimEnd();
}
