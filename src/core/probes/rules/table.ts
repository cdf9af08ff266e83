import { FORMAT_VERSION, isNewer, type ParsedProbeFile } from '../parse';
import type { SourceRange } from '../model';
import type { Problem } from '../problem';
import { child } from '../tree';
import { duplicateId, unknownRun } from './identity';
import { inPassage, notInPassage, passageMissing } from './passage';
import type { Environment, Rule } from './rule';
import {
  conditionMissing,
  injectionsOutOfOrder,
  paraphrasesMissing,
  scheduleContradictsCondition,
} from './schedules';
import {
  borderToken,
  checkpointsMissing,
  checkpointUnusable,
  logUnusable,
  logWithoutProbes,
  notScorable,
  promptCut,
  scheduleUnknownFact,
  scheduleUnreadable,
} from './surroundings';
import {
  ambiguousPrompt,
  blankText,
  foilIsTarget,
  spaceAroundTarget,
  targetInPrompt,
  targetMissing,
  trailingSpace,
} from './wording';

/** Only this one is asked of a file of a newer version: the others may be wrong about it. */
const newerVersion: Rule = {
  code: 'newer-version',
  severity: 'error',
  title: 'The version of the format is known',
  *check({ file, root }) {
    if (isNewer(file))
      yield {
        range: child(root, 'version')!.range,
        message: `This file has version ${file.version!}, and version ${FORMAT_VERSION} is the newest known here. It is shown but neither edited nor scored; update Knowledge Probes.`,
      };
  },
};

/** The table of meaning (DESIGN section 4). */
export const RULES: readonly Rule[] = [
  newerVersion,
  duplicateId,
  unknownRun,
  targetMissing,
  blankText,
  targetInPrompt,
  trailingSpace,
  spaceAroundTarget,
  foilIsTarget,
  ambiguousPrompt,
  passageMissing,
  notInPassage,
  inPassage,
  conditionMissing,
  scheduleContradictsCondition,
  paraphrasesMissing,
  injectionsOutOfOrder,
  scheduleUnreadable,
  scheduleUnknownFact,
  checkpointsMissing,
  checkpointUnusable,
  logUnusable,
  logWithoutProbes,
  borderToken,
  promptCut,
  notScorable,
];

/**
 * Problems of meaning, disjoint from those of structure: what rests on a part of the text whose structure is broken
 * is not said.
 * @param environment what is known besides the text; rules that need what is missing stay silent
 */
export function checkMeaning(parsed: ParsedProbeFile, environment: Environment = {}): Problem[] {
  const broken = parsed.problems
    .filter((problem) => problem.class === 'structure' && problem.severity === 'error')
    .map(({ range }) => range);
  const rules = isNewer(parsed.file) ? [newerVersion] : RULES;
  return rules.flatMap(({ code, severity, check }) =>
    Array.from(check({ ...parsed, environment }))
      .filter(({ range, about = range }) => !broken.some((part) => touches(part, about)))
      .map(({ range, message, fixes }): Problem => ({
        class: 'meaning',
        code,
        severity,
        message,
        range,
        ...(fixes === undefined || fixes.length === 0 ? {} : { fixes }),
      })),
  );
}

function touches(a: SourceRange, b: SourceRange): boolean {
  return a.start <= b.end && a.end >= b.start;
}
