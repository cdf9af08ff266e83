import type { ProbeFile } from './model';
import type { Problem } from './problem';
import { readProbeFile } from './read';
import { checkStructure } from './structure';
import type { TreeNode } from './tree';
import { readYaml } from './yaml';

/** The newest version of the format that is understood here. */
export const FORMAT_VERSION = 1;

export interface ParsedProbeFile {
  readonly text: string;
  readonly file: ProbeFile;
  /** Of structure only: YAML's and the schema's. */
  readonly problems: readonly Problem[];
  /** The text's nodes, for rules and edits; undefined where nothing could be read. */
  readonly root: TreeNode | undefined;
}

/**
 * Reads a probe file (DESIGN section 4) as far as it can be read and checks its structure. Never throws: a broken
 * text gives what can be read of it, and problems. A file of a newer version gives only YAML's own problems, since
 * its schema is not known.
 */
export function parseProbeFile(text: string): ParsedProbeFile {
  const { root, problems } = readYaml(text);
  const file = readProbeFile(root);
  // A value that YAML could not read is not complained of again for its type.
  const unread = new Set(problems.map(({ range }) => `${range.start}-${range.end}`));
  const structure = isNewer(file)
    ? []
    : checkStructure(text, root).filter(({ range }) => !unread.has(`${range.start}-${range.end}`));
  return { text, file, problems: [...problems, ...structure], root };
}

/** Whether the file is of a version that is shown but neither edited nor scored. */
export function isNewer(file: ProbeFile): boolean {
  return file.version !== undefined && file.version >= FORMAT_VERSION + 1;
}
