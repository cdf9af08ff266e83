import { FailureError } from '../failure';
import type { FoilChooser } from './foils';
import {
  conditionIn,
  isScored,
  type Condition,
  type Fact,
  type ProbeFile,
  type ProbeKind,
  type Run,
} from './model';
import { injectionsOf, type InjectedText, type ScheduleFiles } from './schedule';

/** A line of `export --what injections`: a text that a training loop puts into the batch of one update. */
export interface InjectionLine {
  readonly run: string;
  /** Number of the update as the run's trainer counts; a schedule file numbers them so too. */
  readonly step: number;
  readonly fact: string;
  /** Null where the probe file does not say. */
  readonly condition: Condition | null;
  readonly text: 'passage' | `paraphrase:${number}`;
  /** How often the text stands in the batch. */
  readonly copies: number;
  /** The text itself. */
  readonly content: string;
}

/** A line of `export --what probes`: what is to be measured during training. */
export interface ProbeLine {
  readonly fact: string;
  readonly probe: string;
  readonly kind: ProbeKind;
  readonly prompt: string;
  /** Stands between prompt and target. */
  readonly join: string;
  /** Accepted targets, at least one. */
  readonly targets: readonly string[];
  /** Those that the probe file gives, else those that are chosen, where that is asked for. */
  readonly foils: readonly string[];
}

/**
 * A run's injections by step, those of one step in the order of the facts; each of a burst for itself. As a schedule
 * file they are the run's encounters again, unless a regular schedule's are so close that they would be a burst.
 * @param file with the facts of included files
 * @param path of the file, named in failures
 * @throws FailureError `text-missing` for a paraphrase or passage that is scheduled and not written
 */
export function injectionLines(
  file: ProbeFile,
  run: Run,
  schedules: ScheduleFiles,
  path: string,
): InjectionLine[] {
  return file.facts
    .flatMap((fact) =>
      injectionsOf(fact, run, schedules).map(({ step: completed, copies, text }): InjectionLine => {
        const step = completed + run.firstUpdate;
        return {
          run: run.id.value,
          step,
          fact: fact.id.value,
          condition: conditionIn(fact, run.id.value) ?? null,
          text: text.kind === 'passage' ? 'passage' : `paraphrase:${text.number}`,
          copies,
          content:
            contentOf(fact, text) ?? contentMissing(fact, text, path, `run ${run.id.value}, step ${step}`),
        };
      }),
    )
    .sort((a, b) => a.step - b.step);
}

function contentOf(fact: Fact, text: InjectedText): string | undefined {
  return (text.kind === 'passage' ? fact.passage : fact.paraphrases[text.number - 1])?.value;
}

function contentMissing(fact: Fact, text: InjectedText, file: string, place: string): never {
  const what = text.kind === 'passage' ? 'passage' : `paraphrase ${text.number}`;
  throw new FailureError({
    code: 'text-missing',
    message: `The fact “${fact.id.value}” has no ${what}, which is to be injected.`,
    file,
    place,
    remedy: 'Write it, or inject the fact less often; “check” says more.',
  });
}

/**
 * The probes that take part, in the file's order.
 * @param file with the facts of included files
 * @param choose gives foils to probes that have none of their own
 */
export function probeLines(file: ProbeFile, choose?: FoilChooser): ProbeLine[] {
  return file.facts.flatMap((fact) =>
    fact.probes.filter(isScored).map((probe) => ({
      fact: fact.id.value,
      probe: probe.id.value,
      kind: probe.kind,
      prompt: probe.prompt.value,
      join: probe.join,
      targets: probe.targets.map(({ value }) => value),
      foils:
        probe.foils.length > 0 ? probe.foils.map(({ value }) => value) : (choose?.(fact, probe).foils ?? []),
    })),
  );
}
