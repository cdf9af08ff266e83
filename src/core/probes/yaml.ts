import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  type Node,
  type Pair,
  type Scalar,
} from 'yaml';
import type { SourceRange } from './model';
import type { Problem } from './problem';
import type { Entry, MappingNode, TreeNode } from './tree';

/** Nodes that aliases may stand for, all together: an alias bomb stops here. */
const MOST_ALIASED_NODES = 100_000;

const TOO_DEEP = 'This is nested too deeply to be read.';

export interface YamlTree {
  /** Undefined when the text holds nothing, or nothing that can be read. */
  readonly root: TreeNode | undefined;
  /** Mistakes of YAML, with the code `yaml-syntax`, `duplicate-key` or `alias`. */
  readonly problems: readonly Problem[];
}

/** Reads a YAML text as far as it can be read. Never throws. */
export function readYaml(text: string): YamlTree {
  const problems: Problem[] = [];
  // A text that overflows the stack does so in as many places as the engine happens to have room for.
  const tell = (problem: Problem) => {
    if (problem.message !== TOO_DEEP || problems.every(({ message }) => message !== TOO_DEEP))
      problems.push(problem);
  };
  try {
    const document = parseDocument(text, {
      prettyErrors: false,
      logLevel: 'error',
      stringKeys: true,
      // Its own check compares each key with each; ours is linear and says which key.
      uniqueKeys: false,
    });
    for (const error of document.errors) tell(syntaxProblem(error, 'error', text));
    for (const warning of document.warnings) problems.push(syntaxProblem(warning, 'warning', text));
    const root = document.contents;
    if (root === null || isNothing(root)) return { root: undefined, problems };
    return { root: createReader(problems)(root), problems };
  } catch (error) {
    // Nesting deeper than the stack is the only way here that is known.
    const words = error instanceof RangeError ? TOO_DEEP : `This text cannot be read: ${String(error)}.`;
    tell(syntax({ start: 0, end: 0 }, words));
    return { root: undefined, problems };
  }
}

/** Turns the package's nodes into ours. */
function createReader(problems: Problem[]): (node: Node) => TreeNode {
  const anchors = new Map<string, TreeNode>();
  /** Nodes below and at a node, those behind aliases included. */
  const weights = new Map<TreeNode, number>();
  let aliased = 0;

  const read = (node: Node): TreeNode => {
    if (isAlias(node)) return alias(node.source, rangeOf(node));
    const made = make(node);
    if ('anchor' in node && typeof node.anchor === 'string') anchors.set(node.anchor, made);
    return made;
  };

  const alias = (name: string, range: SourceRange): TreeNode => {
    const target = anchors.get(name);
    aliased += target === undefined ? 0 : weights.get(target)!;
    if (target !== undefined && aliased <= MOST_ALIASED_NODES) {
      const copy = { ...target, range };
      weights.set(copy, weights.get(target)!);
      return copy;
    }
    problems.push({
      ...syntax(
        range,
        target === undefined
          ? `There is no “&${name}” before this “*${name}”. Write the value itself, or give it the anchor “&${name}” where it stands first.`
          : 'Aliases stand for too many values here. Write the values themselves.',
      ),
      code: 'alias',
    });
    return weigh({ kind: 'scalar', value: null, range }, 1);
  };

  const make = (node: Node): TreeNode => {
    const range = rangeOf(node);
    if (isSeq<Node>(node)) {
      const made = node.items.map((item) => (isPair(item) ? pairAsMapping(item) : read(item)));
      const around = enclosing(range, made);
      return weigh(
        { kind: 'sequence', items: made, flow: node.flow === true, range: around },
        1 + total(made),
      );
    }
    if (isMap<Node, Node | null>(node)) return mapping(node.items, node.flow === true, range);
    return weigh({ kind: 'scalar', value: isScalar(node) ? simple(node) : null, range }, 1);
  };

  /** `[a: 1]`, a pair within a sequence, is a mapping of one key. */
  const pairAsMapping = (pair: Pair): TreeNode => {
    const key = pair.key as Node;
    const end = rangeOf((pair.value as Node | null) ?? key).end;
    return mapping([pair as Pair<Node, Node | null>], true, { start: rangeOf(key).start, end });
  };

  const mapping = (
    pairs: readonly Pair<Node, Node | null>[],
    flow: boolean,
    range: SourceRange,
  ): MappingNode => {
    const entries = new Map<string, Entry>();
    for (const { key, value } of pairs) {
      // The package has reported every key that is no text.
      if (!isScalar(key)) continue;
      const name = String(key.value);
      const keyRange = rangeOf(key);
      const empty: TreeNode = {
        kind: 'scalar',
        value: null,
        range: { start: keyRange.end, end: keyRange.end },
      };
      const read_ = value === null ? weigh(empty, 1) : read(value);
      if (!entries.has(name)) entries.set(name, { keyRange, value: read_ });
      else
        problems.push({
          ...syntax(keyRange, `“${name}” is written twice here. Keep one of the two; the first is used.`),
          code: 'duplicate-key',
        });
    }
    const values = [...entries.values()].map(({ value }) => value);
    return weigh({ kind: 'mapping', entries, flow, range: enclosing(range, values) }, 1 + total(values));
  };

  const weigh = <T extends TreeNode>(node: T, weight: number): T => {
    weights.set(node, weight);
    return node;
  };
  const total = (nodes: readonly TreeNode[]) =>
    nodes.reduce((sum, node) => sum + (weights.get(node) ?? 1), 0);

  return read;
}

function rangeOf(node: Node): SourceRange {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}

/** In a broken text the package ends some nodes before what they hold ends, or begins them after it. */
function enclosing({ start, end }: SourceRange, nodes: readonly TreeNode[]): SourceRange {
  for (const { range } of nodes) {
    start = Math.min(start, range.start);
    end = Math.max(end, range.end);
  }
  return { start, end };
}

function isNothing(node: Node): boolean {
  return isScalar(node) && node.value === null && rangeOf(node).start === rangeOf(node).end;
}

function simple({ value }: Scalar): string | number | boolean | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function syntax(range: SourceRange, message: string): Problem {
  return { class: 'structure', code: 'yaml-syntax', severity: 'error', message, range };
}

function syntaxProblem(
  { code, message, pos }: { code: string; message: string; pos: readonly [number, number] },
  severity: 'error' | 'warning',
  text: string,
): Problem {
  const start = Math.min(pos[0], text.length);
  const end = Math.min(Math.max(pos[1], start), text.length);
  // The package tells of its own overflow in the engine's words.
  const words = message.includes('call stack') ? TOO_DEEP : REMEDIES[code];
  return { ...syntax({ start, end }, words ?? `${message}.`.replace(/\.\.$/, '.')), severity };
}

/** The package's words where they do not say what to do. */
const REMEDIES: Readonly<Partial<Record<string, string>>> = {
  TAB_AS_INDENT: 'A tab indents this line: YAML allows spaces only. Replace it by spaces.',
  MULTIPLE_DOCS:
    'A “---” begins a second document here. Put all facts into one document, or into files of their own.',
  BAD_INDENT: 'This line is indented differently from the lines it belongs to. Align it with them.',
  NON_STRING_KEY: 'A key must be plain text.',
  TAG_RESOLVE_FAILED: 'Tags (“!…”) have no meaning here. Delete it, or put quotes around the text.',
};
