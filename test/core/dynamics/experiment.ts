import type { Condition, ProbeFile, ProbeKind } from '../../../src/core/probes/model';
import type { RunSeries } from '../../../src/core/results/series';
import { probeFile } from '../results/scored';

/** A made-up fact with its probes' trajectories. */
export interface MadeFact {
  readonly condition: Condition;
  readonly tags?: readonly string[];
  readonly probes: readonly { readonly kind: ProbeKind; readonly values: readonly number[] }[];
}

export interface Experiment {
  readonly steps: readonly number[];
  readonly injections: readonly number[];
  readonly facts: readonly MadeFact[];
}

/** A probe file and a run of it with these trajectories, every one at every step. */
export function experiment({ steps, injections, facts }: Experiment): { file: ProbeFile; series: RunSeries } {
  const file = probeFile(`
version: 1
runs: [{ id: r, checkpoints: 'ck/{step}', injections: [${injections.join()}], tokensPerStep: 100 }]
facts:
${facts
  .map(
    ({ condition, tags = [], probes }, f) => `
  - id: f${f}
    condition: ${condition}
    tags: [${tags.join()}]
    passage: Some text.
    paraphrases: [${injections.map((_, i) => `Other text ${i}.`).join()}]
    probes:
${probes.map(({ kind }, p) => `      - { id: p${p}, kind: ${kind}, prompt: 'Is ${f} ${p}', target: one, join: ' ' }`).join('\n')}`,
  )
  .join('\n')}
`);
  const probes = file.facts.flatMap((fact, f) =>
    fact.probes.map((probe, p) => ({
      ...{ fact, probe, foils: undefined, newest: undefined, newestStale: undefined },
      target: { steps, values: facts[f]!.probes[p]!.values },
    })),
  );
  return { file, series: { steps, probes, stale: 0 } };
}
