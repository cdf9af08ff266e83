import type { SourceRange } from './model';

/**
 * A YAML text as a tree of three sorts of nodes, with aliases resolved: what the schema, the model and the edits
 * read. It hides the `yaml` package from them.
 */
export type TreeNode = ScalarNode | SequenceNode | MappingNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly range: SourceRange;
}

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly items: readonly TreeNode[];
  /** Written in brackets. */
  readonly flow: boolean;
  readonly range: SourceRange;
}

export interface MappingNode {
  readonly kind: 'mapping';
  /** In the order of the text; of a key written twice, the first. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Written in braces. */
  readonly flow: boolean;
  readonly range: SourceRange;
}

export interface Entry {
  readonly keyRange: SourceRange;
  readonly value: TreeNode;
}

/** The value of a key; undefined where the node is not a mapping or lacks it. */
export function child(node: TreeNode | undefined, key: string): TreeNode | undefined {
  return entry(node, key)?.value;
}

/** Key and value; undefined where the node is not a mapping or lacks it. */
export function entry(node: TreeNode | undefined, key: string): Entry | undefined {
  return node?.kind === 'mapping' ? node.entries.get(key) : undefined;
}

/** The items of a sequence; none where the node is not one. */
export function items(node: TreeNode | undefined): readonly TreeNode[] {
  return node?.kind === 'sequence' ? node.items : [];
}

/** The value without ranges, as JSON would have it. */
export function plain(node: TreeNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'sequence':
      return node.items.map(plain);
    case 'mapping':
      // Object.fromEntries makes `__proto__` a key like any other.
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
  }
}

/** The nodes from the root to the one a path of keys and indices leads to, as far as they exist. */
export function follow(root: TreeNode, path: readonly string[]): TreeNode[] {
  const nodes = [root];
  for (const part of path) {
    const last = nodes.at(-1);
    const next = last?.kind === 'sequence' ? last.items[Number(part)] : child(last, part);
    if (next === undefined) break;
    nodes.push(next);
  }
  return nodes;
}
