import { FailureError } from '../failure';
import type { ScoreRequest } from '../results/request';
import { foilChooser, type FoilChooser } from './foils';
import { conditionIn, isScored, type ProbeFile } from './model';
import { FORMAT_VERSION, isNewer } from './parse';

/** Part of a file; everything when nothing is said. */
export interface RequestSelection {
  readonly fact?: string;
  readonly probe?: string;
}

/**
 * The texts to be scored for a run: of each probe that is not excluded, its first target, the other accepted ones,
 * and its foils.
 *
 * @param file with the facts of included files (`whole` of a loaded file)
 * @param options.foils for probes that give none; {@link foilChooser} without a tokenizer when not given
 * @throws FailureError `newer-version` for a file that is shown but not scored
 */
export function scoreRequests(
  file: ProbeFile,
  runId: string,
  options: RequestSelection & { readonly foils?: FoilChooser } = {},
): ScoreRequest[] {
  if (isNewer(file))
    throw new FailureError({
      code: 'newer-version',
      message: `This probe file has version ${file.version ?? ''}; only version ${FORMAT_VERSION} can be scored.`,
      remedy: 'Update Knowledge Probes.',
    });
  const chosenFor = options.foils ?? foilChooser(file);
  return file.facts.flatMap((fact) => {
    if (options.fact !== undefined && fact.id.value !== options.fact) return [];
    return fact.probes.flatMap((probe) => {
      if (!isScored(probe) || (options.probe !== undefined && probe.id.value !== options.probe)) return [];
      const [target, ...alternatives] = probe.targets.map(({ value }) => value);
      const foils =
        probe.foils.length > 0 ? probe.foils.map(({ value }) => value) : chosenFor(fact, probe).foils;
      const request = (role: ScoreRequest['role']) => (text: string, index: number) => ({
        fact: fact.id.value,
        probe: probe.id.value,
        kind: probe.kind,
        condition: conditionIn(fact, runId) ?? null,
        role,
        index,
        prompt: probe.prompt.value,
        join: probe.join,
        text,
      });
      return [
        request('target')(target!, 0),
        ...alternatives.map(request('alternative')),
        ...foils.map(request('foil')),
      ];
    });
  });
}
