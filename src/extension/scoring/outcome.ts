import type { Failure } from '../../core/failure';
import { plural } from '../../core/format';
import type { ScoringOutcome } from '../../protocol/scoring';

/** How a job went, with all numbers, as the command line says it: for the log. */
export function describeOutcome(outcome: ScoringOutcome): string {
  const { scored, reused, checkpoints, milliseconds, cancelled } = outcome;
  return (
    `${plural(scored, 'text')} scored, ${plural(reused, 'text')} scored before, ` +
    `${plural(checkpoints, 'checkpoint')}, ${(milliseconds / 1000).toFixed(1)} s` +
    (cancelled ? ' (cancelled; what is done is kept)' : '')
  );
}

/** The same for the status bar, which cuts off what is long. */
export function shortOutcome({ scored, cancelled }: ScoringOutcome): string {
  if (cancelled) return `cancelled, ${plural(scored, 'text')} scored`;
  return scored === 0 ? 'all was scored before' : `scored ${plural(scored, 'text')}`;
}

/** The first warning in words, the others by number. */
export function describeWarnings([first, ...others]: readonly string[]): string {
  if (first === undefined) return '';
  return first + (others.length === 0 ? '' : ` ${plural(others.length, 'more warning')}: see the log.`);
}

/** Failures with the remedies that there are in the editor. */
export function forEditor(failures: readonly Failure[]): readonly Failure[] {
  return failures.map((failure) => {
    const remedy = REMEDIES[failure.code];
    return remedy === undefined ? failure : { ...failure, remedy };
  });
}

const REMEDIES: Readonly<Partial<Record<string, string>>> = {
  'scorer-start':
    'Give the setting knowledgeProbes.scoring.nodePath the path of Node 20.19 or newer; empty, VS Code’s own is taken.',
};
