import type { ProbeSummary } from '../../protocol/analysis';
import type { DocumentSnapshot } from '../../protocol/language';
import { decimal, signed } from '../../core/format';

/** What stands at the end of one probe's line. */
export interface EndOfLine {
  /** Zero-based. */
  readonly line: number;
  readonly text: string;
  /** Every score on disk is of an older text of this probe. */
  readonly stale: boolean;
  /** One a run. */
  readonly scores: readonly ProbeSummary[];
}

/** The results to show in a document, in the order of its probes; the first run with a current score speaks. */
export function endOfLines(
  snapshot: DocumentSnapshot,
  scores: readonly ProbeSummary[],
): readonly EndOfLine[] {
  // Two maps and no joined keys: this runs on the editor's thread at every change of the text.
  const byFact = new Map<string, Map<string, ProbeSummary[]>>();
  for (const score of scores) {
    const ofFact = emplace(byFact, score.fact, () => new Map<string, ProbeSummary[]>());
    emplace(ofFact, score.probe, () => []).push(score);
  }
  return snapshot.facts.flatMap((fact) => {
    const ofFact = byFact.get(fact.id);
    if (ofFact === undefined) return [];
    return fact.probes.flatMap((probe) => {
      const found = ofFact.get(probe.id) ?? [];
      const shown = found.find((score) => !score.stale) ?? found[0];
      if (shown === undefined) return [];
      const line = (probe.target ?? probe.span).end.line;
      return [{ line, text: describe(shown, found.length > 1), stale: shown.stale, scores: found }];
    });
  });
}

function emplace<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** ℓ, the change since the baseline and the rank, for example `ℓ −2.31 nats · Δ +3.05 · rank 2`. */
function describe(score: ProbeSummary, nameRun: boolean): string {
  return [
    `ℓ ${decimal(score.logprob)} nats`,
    ...(score.change === null ? [] : [`Δ ${signed(score.change)}`]),
    ...(score.rank === null ? [] : [`rank ${score.rank}`]),
    ...(nameRun ? [score.run] : []),
    ...(score.stale ? ['text or model changed since'] : []),
  ].join(' · ');
}
