import type { Failure } from '../core/failure';
import { positionsOf } from '../core/probes/positions';
import { duplicateId } from '../core/probes/rules/identity';
import { blankText } from '../core/probes/rules/wording';
import type { LoadedProbeFile } from './probeFiles';

/**
 * Why not everything that was written in a file may be scored and analysed: what is broken or blank is not read, and of facts
 * or probes with one id only the last counts. Undefined where all is well. Those who do not show problems while one
 * types have to say this.
 */
export function mistakesIn(loaded: LoadedProbeFile): Failure | undefined {
  const mistakes = [
    ...loaded.problems.filter(({ severity }) => severity === 'error'),
    ...duplicateId.check({ ...loaded, environment: {} }),
    ...blankText.check({ ...loaded, environment: {} }),
  ].sort((a, b) => a.range.start - b.range.start);
  const [first] = mistakes;
  if (first === undefined) return undefined;
  const { line, character } = positionsOf(loaded.text).at(first.range.start);
  const more = mistakes.length - 1;
  return {
    code: 'probe-file-broken',
    message: `Not all of this probe file counts: ${first.message}`,
    file: loaded.path,
    place: `line ${line + 1}, column ${character + 1}`,
    ...(more > 0 && {
      remedy: `There ${more === 1 ? 'is one more error' : `are ${more} more errors`}: “check” and the editor's problems list them.`,
    }),
  };
}
