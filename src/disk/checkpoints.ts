import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, parse, resolve } from 'node:path';
import { toFailure, type Failure } from '../core/failure';
import type { Run } from '../core/probes/model';
import { gathered } from './gathered';

/** A checkpoint that can be scored. Paths are absolute. */
export interface Checkpoint {
  /** Updates completed, as its name says. */
  readonly step: number;
  /** The .onnx file. */
  readonly model: string;
  /** The folder that holds tokenizer.json. */
  readonly tokenizer: string;
}

export interface FoundCheckpoints {
  /** Ascending by step, one a step. */
  readonly checkpoints: readonly Checkpoint[];
  /** What was found and cannot be scored, or that nothing was found. */
  readonly problems: readonly Failure[];
}

/**
 * Finds a run's checkpoints (DESIGN section 4): paths that match its pattern, where `{step}` stands for digits and
 * `*` for anything within a name. A match is an .onnx file, or a folder with model.onnx or onnx/model.onnx. Its
 * tokenizer.json stands beside it or in the run's `tokenizer`. What does not fit becomes a problem and does not
 * keep the others from being found; nothing is thrown. A run with a `log` has no checkpoints.
 *
 * @param baseDir folder of the probe file
 */
export async function findCheckpoints(run: Run, baseDir: string): Promise<FoundCheckpoints> {
  if (run.source?.kind !== 'checkpoints') return { checkpoints: [], problems: [] };
  const { matches, problems } = await matchPattern(resolve(baseDir, run.source.pattern.value));
  const shared = run.tokenizer === undefined ? undefined : resolve(baseDir, run.tokenizer.value);
  const looked = await Promise.all(matches.map((match) => lookAt(match, shared)));
  const failed = looked.flatMap((found) => ('code' in found ? [found] : []));
  const checkpoints = looked
    .flatMap((found) => ('code' in found ? [] : [found]))
    .sort((a, b) => a.step - b.step);
  const twice = checkpoints.filter(({ step }, i) => step === checkpoints[i - 1]?.step);
  return {
    checkpoints: checkpoints.filter((checkpoint) => !twice.includes(checkpoint)),
    problems: [
      ...gathered([...problems, ...failed], 'checkpoints of this run'),
      ...twice.map((checkpoint) => stepTwice(checkpoint, checkpoints)),
    ],
  };
}

interface Match {
  readonly step: number;
  readonly path: string;
}

async function matchPattern(pattern: string): Promise<{ matches: Match[]; problems: Failure[] }> {
  if (!pattern.includes('{step}')) return { matches: [], problems: [withoutStep(pattern)] };
  const { root } = parse(pattern);
  const problems: Failure[] = [];
  let paths: { path: string; step: number | undefined }[] = [{ path: root, step: undefined }];
  /** Whether the paths are what a wildcard found. */
  let among = false;
  for (const segment of pattern.slice(root.length).split(/[/\\]/).filter(Boolean)) {
    if (!/\{step\}|\*/.test(segment)) {
      paths = paths.map(({ path, step }) => ({ path: join(path, segment), step }));
      continue;
    }
    const chosen = among;
    among = true;
    const levels = await Promise.all(
      paths.map(async ({ path, step }) => {
        const names = await readdir(path).catch((error: unknown) => {
          // Among what a * matches there may be files.
          if (!(chosen && (error as { code?: unknown }).code === 'ENOTDIR'))
            problems.push(unreadable(path, error));
          return [];
        });
        return names.flatMap((name) => {
          const found = matchName(segment, name);
          if (found === 'misnamed') problems.push(misnamed(join(path, name), segment));
          if (found === undefined || found === 'misnamed') return [];
          if (found.step !== undefined && step !== undefined && found.step !== step) return [];
          return [{ path: join(path, name), step: found.step ?? step }];
        });
      }),
    );
    paths = levels.flat();
  }
  const matches = paths.flatMap(({ path, step }) => (step === undefined ? [] : [{ path, step }]));
  if (matches.length === 0 && problems.length === 0) problems.push(nothingFound(pattern));
  return { matches, problems };
}

/** The step a name carries; `misnamed` for what would match if it carried one. */
function matchName(segment: string, name: string): { step: number | undefined } | 'misnamed' | undefined {
  const matching = (step: string) =>
    new RegExp(
      `^${segment
        .split(/(\{step\}|\*)/)
        .map((part) =>
          part === '{step}' ? step : part === '*' ? '.*' : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
        )
        .join('')}$`,
      'su',
    );
  const found = matching('(?<!\\d)(\\d+)(?!\\d)').exec(name);
  if (found !== null) {
    const steps = new Set(found.slice(1).map(Number));
    const [step] = steps;
    return steps.size > 1 || (step !== undefined && !Number.isSafeInteger(step)) ? 'misnamed' : { step };
  }
  // A pattern that is all wildcard says nothing of how a checkpoint is called.
  return /\w/.test(segment.replaceAll('{step}', '')) && matching('(.*)').test(name) ? 'misnamed' : undefined;
}

/** The checkpoint at a path, or why it cannot be scored. */
async function lookAt(match: Match, shared: string | undefined): Promise<Checkpoint | Failure> {
  try {
    return await lookInto(match, shared);
  } catch (error) {
    return {
      code: 'checkpoint-unreadable',
      message: 'This checkpoint cannot be looked into.',
      file: match.path,
      place: (error as NodeJS.ErrnoException).code ?? String(error),
      remedy: 'Make it readable for you.',
    };
  }
}

async function lookInto({ path, step }: Match, shared: string | undefined): Promise<Checkpoint | Failure> {
  const isModel = path.toLowerCase().endsWith('.onnx');
  const model = await firstFile(
    isModel ? [path] : [join(path, 'model.onnx'), join(path, 'onnx', 'model.onnx')],
  );
  if (model === undefined) return withoutModel(path, isModel);
  const home = isModel ? dirname(path) : path;
  const own = [home, ...(basename(home) === 'onnx' ? [dirname(home)] : [])];
  const given =
    shared === undefined ? [] : basename(shared) === 'tokenizer.json' ? [dirname(shared)] : [shared];
  const tokenizer = await firstFile([...own, ...given].map((folder) => join(folder, 'tokenizer.json')));
  if (tokenizer === undefined) return withoutTokenizer(home, given[0]);
  return { step, model, tokenizer: dirname(tokenizer) };
}

async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = await stat(path).catch((error: unknown) => {
      // A link that leads nowhere or in a circle is as good as none.
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
        return undefined;
      throw error;
    });
    if (found?.isFile() === true) return path;
  }
  return undefined;
}

function withoutStep(pattern: string): Failure {
  return {
    code: 'checkpoints-without-step',
    message: 'This pattern does not say where the number of the step stands.',
    file: pattern,
    remedy: 'Write {step} there in “checkpoints” of the run, for example checkpoints/step-{step}.',
  };
}

function nothingFound(pattern: string): Failure {
  return {
    code: 'checkpoints-missing',
    message: 'No checkpoint matches this pattern.',
    file: pattern,
    remedy:
      'Correct “checkpoints” of the run, which is relative to the probe file, or put the checkpoints there.',
  };
}

function unreadable(folder: string, error: unknown): Failure {
  const missing = (error as { code?: unknown }).code === 'ENOENT';
  return {
    code: missing ? 'checkpoints-missing' : 'checkpoints-unreadable',
    message: missing
      ? 'There is no such folder of checkpoints.'
      : `This folder of checkpoints cannot be read: ${toFailure(error).message}.`,
    file: folder,
    remedy: missing
      ? 'Correct “checkpoints” of the run, which is relative to the probe file, or put the checkpoints there.'
      : 'Make it readable for you, or correct “checkpoints” of the run.',
  };
}

function misnamed(path: string, segment: string): Failure {
  return {
    code: 'checkpoint-misnamed',
    message: `The name does not carry one whole number where “${segment}” has {step}; it is left out.`,
    file: path,
    remedy: 'Rename it, move it elsewhere, or correct “checkpoints” of the run.',
  };
}

function withoutModel(path: string, isModel: boolean): Failure {
  return {
    code: 'model-missing',
    message: isModel
      ? 'There is no such ONNX file.'
      : 'There is no model.onnx (or onnx/model.onnx) in this checkpoint.',
    file: path,
    remedy: 'Export it there (or mend its link), or name the .onnx file in “checkpoints” of the run.',
  };
}

function withoutTokenizer(folder: string, shared: string | undefined): Failure {
  return {
    code: 'tokenizer-missing',
    message:
      'There is no tokenizer.json beside this checkpoint' +
      (shared === undefined ? '.' : `, nor in ${shared}.`),
    file: folder,
    remedy: 'Put it there, or name its folder in “tokenizer” of the run.',
  };
}

function stepTwice({ step, model }: Checkpoint, all: readonly Checkpoint[]): Failure {
  const first = all.find((other) => other.step === step)!;
  return {
    code: 'checkpoint-twice',
    message: `There are two checkpoints of step ${step}; ${first.model} is used.`,
    file: model,
    place: `step ${step}`,
    remedy: 'Move one of them elsewhere, or make “checkpoints” of the run more exact.',
  };
}
