import { tokenize, type Token } from '@humanwhocodes/momoa';

/** What is wrong at a place of a text. */
export interface PlacedFault {
  readonly what: string;
  /** UTF-16 code units from the beginning. */
  readonly at: number;
}

export type JsonPath = readonly (string | number)[];

/** Tokens are objects: of a text beyond this, only its own place is told. */
const LONGEST = 4 << 20;

/**
 * The first thing that is wrong with a JSON text: what JSON.parse refuses, and a name that is given twice, of which
 * JSON.parse would take the last. Any depth of nesting is looked through.
 * @returns undefined where nothing is wrong, or the text is too long to be looked at
 */
export function jsonFault(text: string): PlacedFault | undefined {
  return text.length > LONGEST ? undefined : walk(text, () => false);
}

/** Where the value at a path begins. The text has no fault. */
export function placeOf(text: string, path: JsonPath): number | undefined {
  if (path.length === 0) return 0;
  if (text.length > LONGEST) return undefined;
  let place: number | undefined;
  walk(text, (found, at) => {
    if (found.length !== path.length || !found.every((step, i) => step === path[i])) return false;
    place = at;
    return true;
  });
  return place;
}

interface Level {
  readonly names: Set<string> | undefined;
  count: number;
}

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or end' | 'end';

/** @param visit is told where each value begins; true ends the walk */
function walk(text: string, visit: (path: JsonPath, at: number) => boolean): PlacedFault | undefined {
  let tokens: readonly Token[];
  try {
    tokens = tokenize(text, { mode: 'json', ranges: true });
  } catch (error) {
    const { offset = 0, message } = error as Error & { offset?: number };
    return { at: offset, what: message.replace(/ found\. \(\d+:\d+\)$/, '.') };
  }
  const levels: Level[] = [];
  const path: (string | number)[] = [];
  let expected: Expected = 'value';
  const ended = (): Expected => (levels.length === 0 ? 'end' : ', or end');
  for (const { type, range } of tokens) {
    const [at, end] = range!;
    const level = levels.at(-1);
    const wrong = { at, what: `Here should stand ${WORDS[expected]}.` };
    if (type === 'String' && CONTROL.test(text.slice(at, end)))
      return { at, what: 'This text has a character that has to be escaped.' };
    if (expected === 'value' || (expected === 'value or ]' && type !== 'RBracket')) {
      if (level?.names === undefined && level !== undefined) path[path.length - 1] = level.count++;
      if (!VALUES.has(type)) return wrong;
      if (visit(path, at)) return undefined;
      if (type === 'LBrace' || type === 'LBracket') {
        levels.push({ names: type === 'LBrace' ? new Set() : undefined, count: 0 });
        path.push('');
        expected = type === 'LBrace' ? 'name or }' : 'value or ]';
      } else expected = ended();
    } else if (type === 'RBrace' || type === 'RBracket') {
      const list = level?.names === undefined;
      if (level === undefined || list !== (type === 'RBracket')) return wrong;
      if (expected === 'name' || expected === ':') return wrong;
      levels.pop();
      path.pop();
      expected = ended();
    } else if (expected === 'name' || expected === 'name or }') {
      if (type !== 'String') return wrong;
      const name = JSON.parse(text.slice(at, end)) as string;
      if (level!.names!.has(name))
        return { at, what: `The name “${name.slice(0, 40)}” stands twice in one object.` };
      level!.names!.add(name);
      path[path.length - 1] = name;
      expected = ':';
    } else if (expected === ':') {
      if (type !== 'Colon') return wrong;
      expected = 'value';
    } else if (expected === ', or end') {
      if (type !== 'Comma') return wrong;
      expected = level!.names === undefined ? 'value' : 'name';
    } else return wrong;
  }
  return expected === 'end'
    ? undefined
    : { at: text.length, what: `The text ends where there should stand ${WORDS[expected]}.` };
}

// eslint-disable-next-line no-control-regex -- JSON allows none of them in a text, and the tokenizer does.
const CONTROL = /[\u0000-\u001f]/;

const VALUES = new Set<string>(['LBrace', 'LBracket', 'String', 'Number', 'Boolean', 'Null']);

const WORDS: Readonly<Record<Expected, string>> = {
  value: 'a value',
  'value or ]': 'a value or “]”',
  name: 'a name in quotes',
  'name or }': 'a name in quotes or “}”',
  ':': '“:”',
  ', or end': 'a comma or the end of the list or object',
  end: 'nothing more',
};
