import { FailureError } from '../../failure';
import { conditionIn, type Condition, type Fact, type ProbeFile, type Run } from '../../probes/model';
import { scheduledEncounters, type ScheduleFiles } from '../../probes/schedule';
import type { MeasuredLog } from '../../results/measured/log';
import { publishedFrom } from './measuredLog';
import { ANALYSED_EXAMPLES, PAPER_BLOCKS, SPACING, type PaperBlock } from './procedure';
import type { PublishedLog } from './publishedLog';

/**
 * An imported log as the procedure's input.
 * @param run id of its run, for failures
 * @throws FailureError `paper-structure` where the log has not the shape that the procedure is made for
 */
export function paperLog(log: MeasuredLog, run: string): PublishedLog {
  const published = publishedFrom(log);
  if (published === undefined)
    throw unfit(
      run,
      'not every fact has 5 probes of each kind, with the values of first token, target and full text',
    );
  const gap = log.steps.findIndex((step, entry) => step !== entry);
  if (gap !== -1)
    throw unfit(run, `the procedure counts entries for steps, and entry ${gap} has step ${log.steps[gap]}`);
  return published;
}

/** Where a probe file says something else than what the procedure takes for granted, a sentence each. */
export function paperNotes(
  log: MeasuredLog,
  file: ProbeFile,
  run: Run,
  schedules?: ScheduleFiles,
): readonly string[] {
  const facts = new Map(file.facts.map((fact) => [fact.id.value, fact]));
  const examples = [...new Set(log.probes.map(({ fact }) => fact))].map((id) => facts.get(id));
  return [...conditionNotes(examples, run), ...scheduleNotes(examples, run, schedules)];
}

/** Quirk 1: an example's place alone decides what the procedure takes for its condition. */
function conditionNotes(examples: readonly (Fact | undefined)[], run: Run): string[] {
  const others = examples.flatMap((fact, example) => {
    if (fact === undefined) return [];
    const condition = conditionIn(fact, run.id.value);
    const taken = blockOf(example)?.condition ?? 'control';
    return condition === taken ? [] : [{ fact, example, condition, taken }];
  });
  const [first] = others;
  if (first === undefined) return [];
  const { fact, example, condition, taken } = first;
  return [
    `The procedure has its conditions at examples 0–39, 40–79 and 80–119, whatever the probe file says: ${others.length} of ` +
      `${examples.length} facts are something else there. The first is “${fact.id.value}”, example ${example}: ` +
      `${describeCondition(condition)}, taken for ${taken}.`,
  ];
}

function describeCondition(condition: Condition | undefined): string {
  return condition ?? 'without a condition';
}

function scheduleNotes(
  examples: readonly (Fact | undefined)[],
  run: Run,
  schedules: ScheduleFiles | undefined,
): string[] {
  const other = examples.slice(0, ANALYSED_EXAMPLES).find((fact, example) => {
    if (fact === undefined) return false;
    const { injections } = blockOf(example)!;
    const steps = scheduledEncounters(fact, run, schedules).slice(0, injections);
    return steps.length !== injections || steps.some(({ step }, i) => step !== i * SPACING);
  });
  if (other === undefined) return [];
  return [
    `The procedure takes injections at entries 0, ${SPACING}, … 900 for granted (once: 0), and the schedule of ` +
      `“${other.id.value}” in this run is another.`,
  ];
}

function blockOf(example: number): PaperBlock | undefined {
  return PAPER_BLOCKS.find(({ end }) => example < end);
}

function unfit(run: string, why: string): FailureError {
  return new FailureError({
    code: 'paper-structure',
    message: `The published procedure cannot be applied to the log of run “${run}”: ${why}.`,
    remedy:
      'It wants what the paper measured: 120 facts or more, each with 5 memorization, 5 semantic and 5 composition probes, at every step from 0 on.',
  });
}
