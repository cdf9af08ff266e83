import {
  conditionIn,
  forRun,
  type Condition,
  type Fact,
  type Located,
  type Run,
  type Schedule,
} from '../model';
import type { QuickFix } from '../problem';
import {
  encountersOf,
  ownSchedule,
  rowsOfFact,
  scheduledEncounters,
  scheduleIn,
  type InjectedText,
  type ScheduleFiles,
} from '../schedule';
import { replace, type Finding, type Rule } from './rule';

export const paraphrasesMissing: Rule = {
  code: 'paraphrases-missing',
  severity: 'error',
  title: 'A paraphrased fact has a paraphrase for every encounter after the first',
  *check({ file, environment }) {
    for (const fact of file.facts) {
      const needed = file.runs
        .filter((run) => conditionIn(fact, run.id.value) === 'paraphrase')
        .map((run) => ({ run: run.id.value, count: paraphrasesUsed(fact, run, environment.schedules) }))
        .sort((a, b) => b.count - a.count)[0];
      if (needed === undefined || needed.count <= fact.paraphrases.length) continue;
      const missing = needed.count - fact.paraphrases.length;
      yield {
        range: conditionRange(fact, needed.run),
        about: fact.range,
        message: `The run “${needed.run}” needs ${needed.count} paraphrases of this fact, and there are ${fact.paraphrases.length}. Write ${missing} more, or inject it less often.`,
      };
    }
  },
};

function paraphrasesUsed(fact: Fact, run: Run, files?: ScheduleFiles): number {
  // A list of steps may be longer than a call may have arguments.
  return encountersOf(fact, run, files).reduce(
    (most, { text }) => (text.kind === 'paraphrase' ? Math.max(most, text.number) : most),
    0,
  );
}

export const scheduleContradictsCondition: Rule = {
  code: 'schedule-contradicts-condition',
  severity: 'error',
  title: 'Condition and schedule agree',
  *check({ file, environment }) {
    for (const fact of file.facts)
      for (const run of file.runs) {
        const condition = conditionIn(fact, run.id.value);
        if (condition === undefined) continue;
        const finding = contradiction(fact, run, condition, environment.schedules);
        if (finding === undefined) continue;
        yield { about: fact.range, ...finding };
        // What is given for all runs is wrong for all of them in the same way.
        if (ownSchedule(fact, run.id.value) === fact.injections) break;
      }
  },
};

function contradiction(
  fact: Fact,
  run: Run,
  condition: Condition,
  files: ScheduleFiles | undefined,
): Omit<Finding, 'about'> | undefined {
  const own = ownSchedule(fact, run.id.value);
  const name = `“${run.id.value}”`;
  if (own === undefined && run.injections === undefined)
    return condition === 'control'
      ? undefined
      : {
          range: conditionRange(fact, run.id.value),
          message: `The condition is ${condition}, but there are no injections for the run ${name}. Give the run or the fact “injections”.`,
        };
  // How often the fact itself is said to be injected, whatever its condition makes of it.
  const rows = rowsOf(fact, run, files);
  const unknown = own === undefined ? rows === undefined : own.value.kind === 'file' && rows === undefined;
  const encounters = scheduledEncounters(fact, run, files);
  const times = encounters.length;
  const range = own?.range ?? conditionRange(fact, run.id.value);
  const said = rows
    ?.map((row) => ({ step: row.step, condition: row.condition ?? impliedBy(row.text) }))
    .find((row) => row.condition !== undefined && row.condition !== condition);
  if (said !== undefined)
    return {
      range,
      message: `The condition in the run ${name} is ${condition}, and the schedule says ${said.condition!} at step ${said.step}. Correct one of the two.`,
    };
  if (unknown) return undefined;
  if (condition === 'control' && times > 0)
    return {
      range,
      message: `A control is never injected, and this fact has injections for the run ${name}. Delete them, or change the condition.`,
    };
  if (condition === 'once' && times > 1)
    return {
      range,
      message: `A fact met once has one encounter, and there are ${times} for the run ${name}. Keep the first, or change the condition.`,
      ...keepFirst(own, encounters[1]!.step + run.firstUpdate),
    };
  if (condition !== 'control' && own !== undefined && times === 0)
    return {
      range,
      message: `The condition in the run ${name} is ${condition}, but this schedule has no injections of the fact. Add them, or change the condition to control.`,
    };
  return undefined;
}

/** Only a paraphrased fact meets paraphrases; its passage any fact may meet. */
function impliedBy(text: InjectedText | undefined): Condition | undefined {
  return text?.kind === 'paraphrase' ? 'paraphrase' : undefined;
}

/** The fact's lines of a schedule file; undefined where there is no such file or it was not read. */
function rowsOf(fact: Fact, run: Run, files: ScheduleFiles | undefined) {
  const schedule = scheduleIn(fact, run);
  if (schedule?.kind !== 'file') return undefined;
  return rowsOfFact(files, schedule.path.value, fact.id.value);
}

function keepFirst(own: Located<Schedule> | undefined, second: number): { fixes?: QuickFix[] } {
  if (own?.value.kind !== 'steps') return {};
  const first = own.value.steps.filter((step) => step < second).join(', ');
  return { fixes: [replace(`Keep the first, at step ${first}`, own.range, `[${first}]`)] };
}

function conditionRange(fact: Fact, runId: string) {
  return (forRun(fact.conditionByRun, runId) ?? fact.condition ?? fact.id).range;
}

export const conditionMissing: Rule = {
  code: 'condition-missing',
  severity: 'warning',
  title: 'A fact of a run with injections has a condition',
  *check({ file }) {
    for (const fact of file.facts) {
      const runs = file.runs.filter(
        (run) => scheduleIn(fact, run) !== undefined && conditionIn(fact, run.id.value) === undefined,
      );
      if (runs.length > 0)
        yield {
          range: fact.id.range,
          about: fact.range,
          message: `It is not said how “${fact.id.value}” is injected in ${runs.map(({ id }) => `“${id.value}”`).join(', ')}; its passage each time is assumed. Add “condition:”: paraphrase, duplication, once or control.`,
        };
    }
  },
};

export const injectionsOutOfOrder: Rule = {
  code: 'injections-out-of-order',
  severity: 'error',
  title: 'The steps of a schedule ascend',
  *check({ text, file }) {
    const schedules = [
      ...file.runs.map(({ injections }) => injections),
      ...file.facts.flatMap(({ injections, injectionsByRun }) => [
        injections,
        ...Object.values(injectionsByRun),
      ]),
    ];
    for (const schedule of schedules) {
      if (schedule?.value.kind !== 'steps') continue;
      const { steps } = schedule.value;
      const at = steps.findIndex((step, i) => step < (steps[i - 1] ?? 0));
      if (at < 0) continue;
      const source = text.slice(schedule.range.start, schedule.range.end);
      const end = /\s*$/.exec(source)![0];
      const sorted = steps.toSorted((a, b) => a - b).join(', ');
      yield {
        range: schedule.range,
        message: `Step ${steps[at]!} stands after step ${steps[at - 1]!}. Put the steps in ascending order.`,
        ...(source.includes('#')
          ? {}
          : { fixes: [replace('Sort the steps', schedule.range, `[${sorted}]${end}`)] }),
      };
    }
  },
};
