import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import schema from '../../../syntaxes/probes.schema.json';
import type { SourceRange } from './model';
import { nearest } from './nearest';
import type { Problem, QuickFix } from './problem';
import { quoted } from './scalars';
import { entry, follow, plain, type TreeNode } from './tree';

/** What a node of the schema says besides the standard keywords. */
interface SchemaNode {
  readonly errorMessage?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

type SchemaError = ErrorObject & { readonly parentSchema: SchemaNode; readonly schema: unknown };

let validate: ValidateFunction | undefined;

/** The schema's objections to a value of plain JSON; compiled at the first call, which takes some 50 ms. */
export function schemaErrors(value: unknown): readonly ErrorObject[] {
  validate ??= new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, strictRequired: false })
    .addVocabulary(['errorMessage'])
    .compile(schema);
  return validate(value) ? [] : (validate.errors ?? []);
}

/** Where a probe file's text departs from the schema (DESIGN section 4: "structure"). */
export function checkStructure(text: string, root: TreeNode | undefined): Problem[] {
  if (root === undefined) return [missingVersion];
  return (schemaErrors(plain(root)) as readonly SchemaError[]).flatMap((error) => {
    const problem = describe(error, root, text);
    return problem === undefined ? [] : [{ class: 'structure' as const, ...problem }];
  });
}

const START: SourceRange = { start: 0, end: 0 };
const ADD_VERSION: QuickFix = {
  title: 'Add “version: 1”',
  edits: [{ range: START, text: 'version: 1\n' }],
  preferred: true,
};
const missingVersion: Problem = {
  class: 'structure',
  code: 'missing-key',
  severity: 'error',
  message: 'A probe file begins with “version: 1”.',
  range: START,
  fixes: [ADD_VERSION],
};

function describe(error: SchemaError, root: TreeNode, text: string): Omit<Problem, 'class'> | undefined {
  // Where a part of the schema was chosen by `if`, the part's own errors say it all; so do those of `not`.
  if (error.keyword === 'if') return undefined;
  const path = error.instancePath.split('/').slice(1).map(unescapePointer);
  const nodes = follow(root, path);
  const node = nodes.at(-1)!;
  const name = nameOf(path, nodes);
  /** The whole value, or the key where nothing is written as value. */
  const range = visible(node.range, entry(nodes.at(-2), path.at(-1) ?? '')?.keyRange);
  /** For what concerns a whole mapping: its first key, not all its lines. */
  const head = node.kind === 'mapping' ? ([...node.entries.values()][0]?.keyRange ?? range) : range;
  const params = error.params as Readonly<Record<string, unknown>>;

  switch (error.keyword) {
    case 'required': {
      // Each branch of an `anyOf` complains; the `anyOf` itself says it in words.
      if (error.schemaPath.includes('/anyOf/')) return undefined;
      const missing = String(params['missingProperty']);
      if (path.length === 0) return missingVersion;
      return {
        code: 'missing-key',
        severity: 'error',
        message: `“${missing}:” is missing here. Add it.`,
        range: head,
      };
    }
    case 'additionalProperties': {
      const extra = String(params['additionalProperty']);
      return unknownKey(
        extra,
        entry(node, extra)!.keyRange,
        Object.keys(error.parentSchema.properties ?? {}),
      );
    }
    case 'type':
      return wrongType(name, node, error.schema, range, text);
    case 'enum': {
      const words = (error.schema as readonly string[]).map(String);
      const meant = node.kind === 'scalar' ? nearest(String(node.value), words) : undefined;
      return {
        code: 'wrong-value',
        severity: 'error',
        message: `${name} is one of ${words.join(', ')}.`,
        range,
        ...fixes(meant, (word) => replacement(`Change to “${word}”`, range, word)),
      };
    }
    case 'not': {
      const own = error.parentSchema.errorMessage;
      if (error.schemaPath.endsWith('reserved/not'))
        return {
          code: 'reserved-key',
          severity: 'warning',
          message: `${name} ${own}`,
          range: entry(nodes.at(-2), path.at(-1) ?? '')?.keyRange ?? range,
        };
      const message = (error.schema as SchemaNode).errorMessage ?? `${name} ${error.message ?? 'is wrong'}.`;
      return { code: 'wrong-value', severity: 'error', message, range: head };
    }
    case 'anyOf':
      return {
        code: 'missing-key',
        severity: 'error',
        message: error.parentSchema.errorMessage ?? `${name} ${error.message ?? 'is wrong'}.`,
        range: head,
      };
    default: {
      const own = error.parentSchema.errorMessage;
      return {
        code: 'wrong-value',
        severity: 'error',
        message:
          own !== undefined ? `${name} ${own}` : `${name} ${inWords(error.keyword, params, error.message)}.`,
        range,
      };
    }
  }
}

/**
 * What a message calls the value at a path: its key, or its place in a list.
 * @param nodes from the root on: each holds the path's part of the same index
 */
function nameOf(path: readonly string[], nodes: readonly TreeNode[]): string {
  const at = path.findLastIndex((_, i) => nodes[i]?.kind === 'mapping');
  if (at < 0) return 'This file';
  return at === path.length - 1 ? `“${path[at]!}”` : `Item ${Number(path.at(-1)) + 1} of “${path[at]!}”`;
}

function unknownKey(key: string, range: SourceRange, known: readonly string[]): Omit<Problem, 'class'> {
  const meant = nearest(key, known);
  return {
    code: 'unknown-key',
    severity: 'warning',
    message:
      `There is no “${key}” here, so it is not read. ` +
      (meant === undefined
        ? 'Delete it, or begin it with “x-” to keep it as your own.'
        : `Did you mean “${meant}”?`),
    range,
    fixes: [
      ...(meant === undefined ? [] : [replacement(`Change to “${meant}”`, range, meant)]),
      { title: `Keep it as “x-${key}”`, edits: [{ range, text: quoted(`x-${key}`) }] },
    ],
  };
}

function wrongType(
  name: string,
  node: TreeNode,
  expected: unknown,
  range: SourceRange,
  text: string,
): Omit<Problem, 'class'> {
  const types = [expected].flat().map(String);
  const wanted = types.map((type) => TYPES[type] ?? type).join(' or ');
  const source = text.slice(range.start, range.end);
  const empty = node.kind === 'scalar' && node.value === null;
  const quotable = types.includes('string') && node.kind === 'scalar' && !empty;
  return {
    code: 'wrong-type',
    severity: 'error',
    message: quotable
      ? `${name} takes ${wanted}, and ${source} is not text to YAML. Put quotes around it.`
      : `${name} takes ${wanted}` + (empty ? `, and nothing is written. ${emptyRemedy(name)}` : '.'),
    range,
    ...fixes(quotable ? source : undefined, (word) =>
      replacement('Put quotes around it', range, `'${word}'`),
    ),
  };
}

/** Keys without which what they stand in cannot be used. */
const NEEDED = ['version', 'id', 'prompt', 'target', 'every', 'times', 'from', 'value'];

function emptyRemedy(name: string): string {
  return NEEDED.some((key) => name === `“${key}”`) ? 'Write one.' : 'Write one, or delete the key.';
}

const TYPES: Readonly<Partial<Record<string, string>>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
};

function inWords(keyword: string, params: Readonly<Record<string, unknown>>, message?: string): string {
  const limit = String(params['limit']);
  switch (keyword) {
    case 'minimum':
      return `must be at least ${limit}`;
    case 'exclusiveMinimum':
      return `must be greater than ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'minLength':
      return 'must not be empty';
    case 'maxLength':
      return `must have at most ${limit} characters`;
    default:
      return message ?? 'is wrong';
  }
}

function replacement(title: string, range: SourceRange, text: string): QuickFix {
  return { title, edits: [{ range, text }], preferred: true };
}

function fixes(word: string | undefined, fix: (word: string) => QuickFix): { fixes?: readonly QuickFix[] } {
  return word === undefined ? {} : { fixes: [fix(word)] };
}

function visible(range: SourceRange, key: SourceRange | undefined): SourceRange {
  return range.end > range.start || key === undefined ? range : key;
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
