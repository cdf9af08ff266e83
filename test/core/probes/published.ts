import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { stringify } from 'yaml';

const FILE = resolve(import.meta.dirname, '../../../../shared/data/fictional_knowledge_paraphrased.json');

interface PublishedFact {
  readonly train_context: string;
  readonly paraphrases?: readonly string[];
  readonly mem_input: readonly string[];
  readonly mem_target: readonly string[];
  readonly gen_input: readonly string[];
  readonly gen_target: readonly string[];
  readonly hard_gen_input: readonly string[];
  readonly hard_gen_target: readonly string[];
}

function publishedFacts(): readonly PublishedFact[] | undefined {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as PublishedFact[]) : undefined;
}

/** The 1,950 published probes, fact by fact; undefined where the data set is not beside the checkout. */
export function publishedProbes(): { readonly prompt: string; readonly target: string }[] | undefined {
  return publishedFacts()?.flatMap((fact) =>
    (
      [
        [fact.mem_input, fact.mem_target],
        [fact.gen_input, fact.gen_target],
        [fact.hard_gen_input, fact.hard_gen_target],
      ] as const
    ).flatMap(([prompts, targets]) => prompts.map((prompt, i) => ({ prompt, target: targets[i]! }))),
  );
}

/** The published data set as a probe file's text; undefined where it is not beside the checkout. */
export function publishedProbeFile(): string | undefined {
  const published = publishedFacts();
  if (published === undefined) return undefined;
  const probes = (kind: string, prompts: readonly string[], targets: readonly string[]) =>
    prompts.map((prompt, i) => ({ kind, prompt, target: targets[i] }));
  return stringify(
    {
      version: 1,
      runs: [{ id: 'r', log: 'r.scores', injections: { start: 0, every: 100, times: 10 } }],
      facts: published.map((fact, i) => ({
        id: `fact-${i}`,
        condition: i < 40 ? 'paraphrase' : i < 80 ? 'duplication' : i < 120 ? 'once' : 'control',
        passage: fact.train_context,
        ...(fact.paraphrases === undefined ? {} : { paraphrases: fact.paraphrases }),
        probes: [
          ...probes('memorization', fact.mem_input, fact.mem_target),
          ...probes('semantic', fact.gen_input, fact.gen_target),
          ...probes('composition', fact.hard_gen_input, fact.hard_gen_target),
        ],
      })),
    },
    { lineWidth: 100 },
  );
}
