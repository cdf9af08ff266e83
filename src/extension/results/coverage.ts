import { count, plural } from '../../core/format';
import type { FileSummary, RunSummary } from '../../protocol/analysis';

/** How far a run has been scored, for its lens: `12 checkpoints`, `5 of 12 checkpoints scored, 1 probe missing`. */
export function coverageOf({ checkpoints, scored, missing }: RunSummary): string {
  const all = plural(checkpoints, 'checkpoint');
  return scored === 0 ? all : `${count(scored)} of ${all} scored${missingOf(missing)}`;
}

/** The same of a whole file, for the status bar: `s1 5/12`, `2 runs 24/24, 1 probe missing`. */
export function shortCoverageOf({ runs, missing }: FileSummary): string {
  const [first, ...others] = runs;
  if (first === undefined) return 'no runs';
  const checkpoints = runs.reduce((sum, run) => sum + run.checkpoints, 0);
  const scored = runs.reduce((sum, run) => sum + run.scored, 0);
  return `${others.length === 0 ? first.run : plural(runs.length, 'run')} ${scored}/${checkpoints}${missingOf(missing)}`;
}

function missingOf(probes: number): string {
  return probes === 0 ? '' : `, ${plural(probes, 'probe')} missing`;
}
