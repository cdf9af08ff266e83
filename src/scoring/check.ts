import { dirname } from 'node:path';
import type { Problem } from '../core/probes/problem';
import type { RunTokenizer } from '../core/probes/rules/rule';
import { checkMeaning } from '../core/probes/rules/table';
import type { Checkpoint } from '../disk/checkpoints';
import { loadProbeFile, type LoadedProbeFile } from '../disk/probeFiles';
import { surroundingsOf } from '../disk/surroundings';
import { contextLength } from './context';
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
  const { environment, last } = await surroundingsOf(loaded.file, dirname(loaded.path));
  const meaning = checkMeaning(loaded, { ...environment, tokenizers: await runTokenizers(last) });
  return { loaded, problems: [...loaded.problems, ...meaning] };
}

/**
 * One for each tokenizer and context, however many folders hold copies of it. Those that cannot be loaded are left to
 * scoring.
 */
async function runTokenizers(last: ReadonlyMap<string, Checkpoint>): Promise<RunTokenizer[]> {
  const byContent = new Map<string, RunTokenizer>();
  for (const [run, { model, tokenizer }] of last) {
    const context = await contextLength(model, tokenizer);
    const splitter = await loadSplitter(tokenizer, context).catch(() => undefined);
    if (splitter === undefined) continue;
    const { sha256, split } = splitter;
    const key = `${sha256} ${context}`;
    byContent.set(key, { runs: [...(byContent.get(key)?.runs ?? []), run], context, split });
  }
  return [...byContent.values()];
}
