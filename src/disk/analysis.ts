import { dirname } from 'node:path';
import type { RecipeAnalysis, RunAnalysis } from '../core/dynamics/analysis';
import {
  analyzeInDetail,
  forRecipe,
  type AnalysisOptions,
  type RecipeRun,
} from '../core/dynamics/analyzeRun';
import { forecastRun, type GroupForecast } from '../core/dynamics/forward/forecastRun';
import { membersOf } from '../core/dynamics/members';
import { analyzeRecipes } from '../core/dynamics/recipes';
import { summarizeFacts, summarizeProbes, summarizeRuns } from '../core/dynamics/summarize';
import type { FileSummary, ProbeSummary } from '../core/dynamics/summary';
import type { Failure } from '../core/failure';
import type { ChosenFoils } from '../core/probes/foils';
import type { ProbeFile, Run } from '../core/probes/model';
import { selectedRuns, type Selection } from '../core/probes/selection';
import type { ScheduleFiles } from '../core/probes/schedule';
import type { ResultRow, TokenScore } from '../core/results/row';
import { currentRows } from '../core/results/currentRows';
import { createKeyCheck } from '../core/results/keyCheck';
import { measuredRows, measuredSeries } from '../core/results/measured/series';
import type { Part } from '../core/results/part';
import { runSeries, type NewestScore, type RunSeries } from '../core/results/series';
import { findCheckpoints } from './checkpoints';
import { gathered } from './gathered';
import { loadSchedules } from './injections';
import type { LogCache } from './logs/folder';
import { logFolder, readRunLog } from './logs/runLog';
import { mistakesIn } from './mistakes';
import { loadProbeFile } from './probeFiles';
import { readFoils } from './results/foils';
import { createPartCache, readRun, readStep, stepsOf } from './results/read';

/** What is analysed. */
export interface AnalysisSource {
  /** Absolute path of the probe file. */
  readonly path: string;
  /** The editor's text; what is on the disk when not given. */
  readonly text?: string;
  /** Absolute path of the results folder. */
  readonly results: string;
}

export interface FileAnalysis {
  /** One per selected run that has scores, in the file's order. */
  readonly runs: readonly RunAnalysis[];
  /** One per recipe (`group`) of which several runs are in `runs`. */
  readonly recipes: readonly RecipeAnalysis[];
  /** What is broken in the file, results and schedules that could not be read; everything else is in `runs`. */
  readonly problems: readonly Failure[];
}

export interface FileForecast {
  /** Steps of the run that have scores: none, and there are no groups. */
  readonly steps: readonly number[];
  readonly groups: readonly GroupForecast[];
  readonly problems: readonly Failure[];
}

export interface Analyzer {
  /** @throws FailureError for a probe file that cannot be read; `unknown-run`, `unknown-fact` */
  analyze(source: AnalysisSource, selection?: Selection, options?: AnalysisOptions): Promise<FileAnalysis>;
  /**
   * The rest of a run, forecast from its first encounters.
   * @throws FailureError as analyze does; `too-few-encounters`
   */
  forecast(source: AnalysisSource, run: string, first: number): Promise<FileForecast>;
  /** @throws FailureError for a probe file that cannot be read */
  summarize(source: AnalysisSource): Promise<FileSummary>;
  /** The tokens of one summarized score; none where its row is gone. @param results the results folder */
  tokens(results: string, score: ProbeSummary): Promise<readonly TokenScore[]>;
}

/** {@link Analyzer.analyze} for those who ask once. */
export async function analyzeFile(
  source: AnalysisSource,
  selection?: Selection,
  options?: AnalysisOptions,
): Promise<FileAnalysis> {
  return createAnalyzer({ once: true }).analyze(source, selection, options);
}

/**
 * The current rows of a file: run by run in the file's order, of scored ones step by step, of logs probe by probe.
 * @param options.tokens whether they have their token tables, by far the largest part; true when not given
 * @throws FailureError as {@link Analyzer.analyze} does
 */
export async function* readCurrentRows(
  source: AnalysisSource,
  selection: Selection = {},
  options: { readonly tokens?: boolean } = {},
): AsyncGenerator<{ readonly rows: Iterable<ResultRow>; readonly problems: readonly Failure[] }> {
  const { path, text, results } = source;
  const loaded = await loadProbeFile(path, text === undefined ? {} : { text });
  const { whole: file } = loaded;
  const runs = selectedRuns(path, file, selection);
  const mistakes = mistakesIn(loaded);
  if (mistakes !== undefined) yield { rows: [], problems: [mistakes] };
  for (const run of runs) {
    const stored = await readRunLog(run, dirname(loaded.path));
    if (stored !== undefined) {
      if ('code' in stored) yield { rows: [], problems: [stored] };
      else yield { rows: measuredRows(file, run, stored.log, selection.fact), problems: [] };
      continue;
    }
    yield* readScoredRows(file, run, results, { ...options, fact: selection.fact });
  }
}

/** Step by step: a run's rows with their token tables would not fit into memory. */
async function* readScoredRows(
  file: ProbeFile,
  run: Run,
  results: string,
  { tokens, fact: only }: { readonly tokens?: boolean; readonly fact?: string | undefined },
): AsyncGenerator<{ readonly rows: Iterable<ResultRow>; readonly problems: readonly Failure[] }> {
  const matches = createKeyCheck();
  const { steps, problem } = await stepsOf(results, run.id.value);
  if (problem !== undefined) yield { rows: [], problems: [problem] };
  // As for series, the foils are those of the last part, whatever tokenizer an earlier step had.
  let last: readonly Part[] = [];
  for (let i = steps.length - 1; i >= 0 && last.length === 0; i--)
    last = (await readStep(results, run.id.value, steps[i]!, { tokens: false })).parts;
  const chosen = await chosenFoils(results, last);
  for (const step of steps) {
    const { parts, problems } = await readStep(results, run.id.value, step, { tokens: tokens ?? true });
    const rows = currentRows(file, parts, { matches, chosenFoils: chosen });
    yield { rows: rows.filter(({ fact }) => only === undefined || fact === only), problems };
  }
}

/**
 * Analyses probe files with what is in their results folders, and keeps what it has read for the next time.
 * @param options.once there is no next time: the scores of one run make room for those of the next
 */
export function createAnalyzer({ once = false }: { readonly once?: boolean } = {}): Analyzer {
  const kept = once ? {} : { cache: createPartCache() };
  const newestParts = createPartCache();
  const matches = createKeyCheck();
  const keptLogs: { readonly cache?: LogCache } = once ? {} : { cache: new Map() };

  const open = async ({ path, text }: AnalysisSource): Promise<Opened> => {
    const loaded = await loadProbeFile(path, text === undefined ? {} : { text });
    const { whole: file } = loaded;
    const { files, problems } = await loadSchedules(file, dirname(path));
    const mistakes = mistakesIn(loaded) ?? [];
    return { file, schedules: files, problems: [mistakes, problems.map(({ failure }) => failure)].flat() };
  };

  const read = async (source: AnalysisSource, file: ProbeFile, run: Run): Promise<Read> => {
    // Nothing here is computed from the others, of which a published log has two of 17 MB each.
    const stored = await readRunLog(run, dirname(source.path), {
      ...keptLogs,
      columns: ['logprob_mean', 'logprob_foils'],
    });
    if (stored !== undefined) {
      return 'code' in stored
        ? { series: runSeries(file, []), problems: [stored] }
        : { series: measuredSeries(file, stored.log), problems: [] };
    }
    const { parts, problems } = await readRun(source.results, run.id.value, { ...kept, tokens: false });
    const options = { matches, chosenFoils: await chosenFoils(source.results, parts) };
    return { series: runSeries(file, parts, options), problems };
  };

  /** The newest scores with their token tables: all tables together are by far the largest part of the results. */
  const newestOf = async (source: AnalysisSource, run: Run, { probes }: RunSeries) => {
    const steps = new Set(probes.flatMap(({ newest, newestStale }) => (newest ?? newestStale)?.step ?? []));
    const scores = new Map<string, NewestScore>();
    for (const step of steps) {
      const { parts } = await readStep(source.results, run.id.value, step, { cache: newestParts });
      for (const row of parts.flatMap((part) => part.rows))
        if (row.role === 'target') scores.set(nameOf(row), row);
    }
    return (score: NewestScore) => scores.get(nameOf(score)) ?? score;
  };

  return {
    analyze: async (source, selection = {}, options = {}) => {
      const { file, schedules, problems: ofFile } = await open(source);
      const runs: RecipeRun[] = [];
      const problems = [...ofFile];
      const selected = selectedRuns(source.path, file, selection);
      const alone = ({ group }: Run) => selected.filter((other) => other.group === group).length === 1;
      for (const run of selected) {
        const { series, problems: ofRun } = await read(source, file, run);
        problems.push(...gathered(ofRun, 'files of this run'));
        if (series.steps.length === 0) continue;
        const analyzed = analyzeInDetail(file, run, series, { ...options, ...selection, schedules });
        // The resamples are many megabytes, and only runs of one recipe are taken together.
        runs.push(alone(run) ? { analysis: analyzed.analysis, groups: [] } : forRecipe(analyzed));
      }
      return { runs: runs.map(({ analysis }) => analysis), recipes: analyzeRecipes(runs), problems };
    },
    forecast: async (source, id, first) => {
      const { file, schedules, problems: ofFile } = await open(source);
      const [run] = selectedRuns(source.path, file, { run: id });
      const { series, problems } = await read(source, file, run!);
      return {
        steps: series.steps,
        groups: series.steps.length === 0 ? [] : forecastRun(file, run!, series, first, schedules),
        problems: [...ofFile, ...gathered(problems, 'files of this run')],
      };
    },
    summarize: async (source) => {
      const { file, schedules } = await open(source);
      const runs = [];
      for (const run of file.runs) {
        const { series } = await read(source, file, run);
        const { checkpoints } = await findCheckpoints(run, dirname(source.path));
        runs.push({
          run,
          series,
          members: membersOf(file, run, series, schedules),
          checkpoints: run.source?.kind === 'log' ? series.steps : checkpoints.map(({ step }) => step),
          withTokens: await newestOf(source, run, series),
        });
      }
      return {
        ...summarizeRuns(runs),
        facts: summarizeFacts(file.facts, runs),
        probes: runs.flatMap(({ run, members, withTokens }) => summarizeProbes(run, members, withTokens)),
        logs: file.runs.flatMap((run) => logFolder(run, dirname(source.path)) ?? []),
      };
    },
    tokens: async (results, { run, step, fact, probe, key }) => {
      const { parts } = await readStep(results, run, step, { cache: newestParts });
      const row = parts
        .flatMap(({ rows }) => rows)
        .find((each) => each.key === key && each.fact === fact && each.probe === probe);
      return row?.tokens ?? [];
    },
  };
}

/** What the scorer chose for the tokenizer of a run's last part. */
async function chosenFoils(results: string, parts: readonly Part[]): Promise<readonly ChosenFoils[]> {
  const tokenizer = parts.at(-1)?.metadata.scorer?.tokenizer;
  return tokenizer === undefined ? [] : ((await readFoils(results))[tokenizer] ?? []);
}

interface Read {
  readonly series: RunSeries;
  readonly problems: readonly Failure[];
}

interface Opened {
  /** With the facts of included files. */
  readonly file: ProbeFile;
  readonly schedules: ScheduleFiles;
  readonly problems: readonly Failure[];
}

function nameOf({ fact, probe, step, key }: NewestScore): string {
  return JSON.stringify([fact, probe, step, key]);
}
