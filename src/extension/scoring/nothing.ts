import type { FactAnchor } from '../../protocol/language';
import type { ScoreSelection } from '../../protocol/scoring';

/**
 * Why a job found no text to score, in words about the file in the editor.
 * @param file as the user is shown it
 * @param facts of the file, as its text is now
 */
export function whyNothing(
  file: string,
  facts: readonly FactAnchor[],
  { fact, probe }: ScoreSelection,
): string {
  const begin = `There is nothing to score in ${file}: `;
  if (facts.length === 0) return `${begin}it has no facts. Write one under “facts:”.`;
  const selected = facts.filter(({ id }) => fact === undefined || id === fact);
  const probes = selected
    .flatMap((each) => each.probes)
    .filter(({ id }) => probe === undefined || id === probe);
  if (probes.length === 0)
    return `${begin}${fact === undefined ? 'its facts have' : `the fact “${fact}” has`} no probes. Write one under “probes:”.`;
  const [what, are] =
    probe !== undefined
      ? [`the probe “${probe}”`, 'is']
      : [fact === undefined ? 'all its probes' : `all probes of “${fact}”`, 'are'];
  return probes.every(({ exclude }) => exclude)
    ? `${begin}${what} ${are} excluded (“exclude: true”).`
    : `${begin}${what} ${are} excluded or without a target.`;
}
