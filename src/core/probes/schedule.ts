import { conditionIn, forRun, type Condition, type Fact, type Run, type Schedule } from './model';

/** One line of a schedule file (JSONL). */
export interface InjectionRow {
  /** As the trainer numbers its updates. */
  readonly step: number;
  readonly fact: string;
  readonly condition?: Condition;
  readonly text?: InjectedText;
  /** Copies of the text in the batch; at least 1. */
  readonly copies: number;
}

/** Which text of the fact is injected; paraphrases are numbered from 1. */
export type InjectedText =
  { readonly kind: 'passage' } | { readonly kind: 'paraphrase'; readonly number: number };

/** One meeting of the model with a fact (DESIGN section 2, t_i). */
export interface Encounter {
  /** Updates completed before the first of its injections. */
  readonly step: number;
  readonly copies: number;
  readonly text: InjectedText;
}

/** Rows of the schedule files, by their path as written in the probe file. */
export type ScheduleFiles = ReadonlyMap<string, readonly InjectionRow[]>;

/** The rows of each fact, made once for each file: a corpus' schedule has millions, and a file thousands of facts. */
const indices = new WeakMap<readonly InjectionRow[], ReadonlyMap<string, readonly InjectionRow[]>>();

/** A fact's rows of a schedule file, in its order; undefined where the file is not there. */
export function rowsOfFact(
  files: ScheduleFiles | undefined,
  path: string,
  fact: string,
): readonly InjectionRow[] | undefined {
  const rows = files?.get(path);
  if (rows === undefined) return undefined;
  let index = indices.get(rows);
  if (index === undefined) {
    const made = new Map<string, InjectionRow[]>();
    for (const row of rows) {
      const own = made.get(row.fact);
      if (own === undefined) made.set(row.fact, [row]);
      else own.push(row);
    }
    indices.set(rows, (index = made));
  }
  return index.get(fact) ?? [];
}

/** An injection belongs to the encounter before it while that began at most a tenth of the window ago. */
const BURST = 0.1;

const PASSAGE: InjectedText = { kind: 'passage' };

/**
 * The encounters of a fact in a run, ascending: the fact's own schedule or the run's, as its condition has it
 * (DESIGN section 2). Encounter i of a paraphrased fact uses text i of [passage, …paraphrases]; of one met once,
 * there is the first only; a control has none. A fact without a condition meets its passage.
 *
 * Injections of lists and files that follow one another within a tenth of the run's window (5 of 50 steps) are a
 * burst: one encounter at its first step, the copies added up. The encounters of a regular schedule stand as
 * declared.
 *
 * @param files rows of schedule files; a file that is not there gives no encounters
 */
export function encountersOf(fact: Fact, run: Run, files?: ScheduleFiles): Encounter[] {
  return burstsOfFact(fact, run, files).map(asOne);
}

/**
 * What a training loop has to put into its batches: the injections of a fact in a run, ascending, those of a burst
 * one by one. Merged they are {@link encountersOf}.
 */
export function injectionsOf(fact: Fact, run: Run, files?: ScheduleFiles): Encounter[] {
  return burstsOfFact(fact, run, files).flat();
}

/** Encounters as bursts of injections, none of them empty. What has no text of its own in a burst has the first's. */
function burstsOfFact(fact: Fact, run: Run, files: ScheduleFiles | undefined): Encounter[][] {
  const condition = conditionIn(fact, run.id.value);
  if (condition === 'control') return [];
  const bursts = scheduledBursts(fact, run, files).map((burst, i) => {
    const paraphrase = { kind: 'paraphrase' as const, number: i };
    const first = burst[0]!.text ?? (condition === 'paraphrase' && i > 0 ? paraphrase : PASSAGE);
    return burst.map(({ step, copies, text }) => ({ step, copies, text: text ?? first }));
  });
  return condition === 'once' ? bursts.slice(0, 1) : bursts;
}

/** The encounters that the schedule alone gives a fact, whatever its condition makes of them. */
export function scheduledEncounters(fact: Fact, run: Run, files?: ScheduleFiles): Injection[] {
  return scheduledBursts(fact, run, files).map(asOne);
}

function scheduledBursts(fact: Fact, run: Run, files: ScheduleFiles | undefined): Injection[][] {
  const schedule = scheduleIn(fact, run);
  return schedule === undefined ? [] : burstsIn(schedule, run, files, fact.id.value);
}

/** Updates at which a fact is injected that are not encounters of their own but the rest of a burst. */
export function restOfBursts(fact: Fact, run: Run, files?: ScheduleFiles): number {
  const schedule = scheduleIn(fact, run);
  if (schedule === undefined || schedule.kind === 'regular') return 0;
  const steps =
    schedule.kind === 'steps'
      ? schedule.steps
      : (rowsOfFact(files, schedule.path.value, fact.id.value) ?? []).map(({ step }) => step);
  const updates = new Set(steps.map((step) => completedBefore(run, step))).size;
  return updates - scheduledEncounters(fact, run, files).length;
}

/** Steps from an encounter within which a further injection belongs to it. */
export function burstOf(run: Run): number {
  return run.window * BURST;
}

/**
 * The run's own schedule as encounters, for nulls: what facts of the run would have met that have no schedule of
 * their own. Empty when the run has none.
 */
export function pseudoEncounters(run: Run, files?: ScheduleFiles): Encounter[] {
  if (run.injections === undefined) return [];
  return burstsIn(run.injections.value, run, files)
    .map(asOne)
    .map(({ step, copies, text }) => ({ step, copies, text: text ?? PASSAGE }));
}

/** The schedule that holds for a fact in a run: its own for that run, its own for all, or the run's. */
export function scheduleIn(fact: Fact, run: Run): Schedule | undefined {
  const own = ownSchedule(fact, run.id.value) ?? run.injections;
  return own?.value;
}

/** The schedule the fact itself gives for a run. */
export function ownSchedule(fact: Fact, runId: string): Fact['injections'] {
  return forRun(fact.injectionsByRun, runId) ?? fact.injections;
}

/**
 * Tokens the run has seen between two states of the model, from `from` updates completed to `to`; undefined where
 * the run does not say how many tokens a step has.
 */
export function tokensBetween(run: Run, from: number, to: number): number | undefined {
  const spans = run.tokensPerStep
    .map(({ from: update, value }) => ({ start: completedBefore(run, update), value }))
    .sort((a, b) => a.start - b.start);
  if (spans[0] === undefined || from < spans[0].start) return undefined;
  return spans.reduce((sum, { start, value }, i) => {
    const end = spans[i + 1]?.start ?? Infinity;
    return sum + value * Math.max(0, Math.min(to, end) - Math.max(from, start));
  }, 0);
}

/** Tokens the run has seen after `step` updates. */
export function tokensAt(run: Run, step: number): number | undefined {
  return tokensBetween(run, 0, step);
}

/**
 * Updates completed before the one that the run's trainer gives this number. Negative numbers are taken for the
 * first update: nothing comes before it.
 */
function completedBefore(run: Run, update: number): number {
  return Math.max(0, update - run.firstUpdate);
}

/** An encounter whose text is not settled, unless a schedule file says which. */
export interface Injection extends Omit<Encounter, 'text'> {
  readonly text: InjectedText | undefined;
}

/**
 * Injections that are one encounter, burst by burst, ascending. Those of a regular schedule stand alone.
 * @param fact of a schedule file only its rows
 */
function burstsIn(
  schedule: Schedule,
  run: Run,
  files: ScheduleFiles | undefined,
  fact?: string,
): Injection[][] {
  switch (schedule.kind) {
    case 'regular':
      return Array.from({ length: schedule.times }, (_, i) => [
        { step: completedBefore(run, schedule.start + i * schedule.every), copies: 1, text: undefined },
      ]);
    case 'steps':
      return inBursts(
        run,
        schedule.steps.map((step) => ({ step, copies: 1, text: undefined })),
      );
    case 'file':
      return inBursts(
        run,
        (fact === undefined
          ? (files?.get(schedule.path.value) ?? [])
          : (rowsOfFact(files, schedule.path.value, fact) ?? [])
        ).map(({ step, copies, text }) => ({ step, copies, text })),
      );
  }
}

function inBursts(run: Run, injections: readonly Injection[]): Injection[][] {
  const bursts: Injection[][] = [];
  for (const injection of injections
    .map(({ step, ...rest }) => ({ step: completedBefore(run, step), ...rest }))
    .sort((a, b) => a.step - b.step)) {
    const last = bursts.at(-1);
    if (last !== undefined && injection.step - last[0]!.step <= burstOf(run)) last.push(injection);
    else bursts.push([injection]);
  }
  return bursts;
}

/** A burst as the encounter it is. */
function asOne<T extends Injection>(burst: readonly T[]): T {
  return { ...burst[0]!, copies: burst.reduce((sum, { copies }) => sum + copies, 0) };
}
