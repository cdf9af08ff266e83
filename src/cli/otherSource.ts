import { describeFailure } from '../core/failure';
import { otherSource } from '../disk/results/source';

/** Says that what is about to be shown may be another probe file's results. They are shown nevertheless. */
export async function warnOfOtherSource(place: {
  readonly path: string;
  readonly results: string;
}): Promise<void> {
  const other = await otherSource(place.results, place.path);
  if (other !== undefined) process.stderr.write(`warning: ${describeFailure(other)}\n`);
}
