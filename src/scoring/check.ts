import { dirname } from 'node:path';
import type { Problem } from '../core/probes/problem';
import type { RunTokenizer } from '../core/probes/rules/rule';
import { checkMeaning } from '../core/probes/rules/table';
import { loadProbeFile, type LoadedProbeFile } from '../disk/probeFiles';
import { surroundingsOf } from '../disk/surroundings';
import { loadSplitter } from './tokenizer/split';

/**
 * All that can be said of a probe file: structure, includes, and meaning with what the disk and the runs'
 * tokenizers know (DESIGN sections 4 and 10, `check`).
 * @throws FailureError when the file itself cannot be read
 */
export async function checkProbeFile(
  path: string,
  options: { text?: string } = {},
): Promise<{ loaded: LoadedProbeFile; problems: Problem[] }> {
  const loaded = await loadProbeFile(path, options);
  const { environment, tokenizers } = await surroundingsOf(loaded.file, dirname(loaded.path));
  const meaning = checkMeaning(loaded, { ...environment, tokenizers: await runTokenizers(tokenizers) });
  return { loaded, problems: [...loaded.problems, ...meaning] };
}

/** One for each tokenizer, however many folders hold copies of it. Those that cannot be loaded are left to scoring. */
async function runTokenizers(folders: ReadonlyMap<string, readonly string[]>): Promise<RunTokenizer[]> {
  const byContent = new Map<string, RunTokenizer>();
  for (const [folder, runs] of folders) {
    const splitter = await loadSplitter(folder).catch(() => undefined);
    if (splitter === undefined) continue;
    const same = byContent.get(splitter.sha256)?.runs ?? [];
    byContent.set(splitter.sha256, { runs: [...same, ...runs], split: splitter.split });
  }
  return [...byContent.values()];
}
