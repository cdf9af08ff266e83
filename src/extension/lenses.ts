import * as vscode from 'vscode';
import type { FileSummary, RunSummary } from '../protocol/analysis';
import type { Span } from '../protocol/language';
import type { Config } from './config';
import type { Documents } from './language/documents';
import { toRange } from './language/spans';
import { PROBE_FILES } from './probeFiles';
import { decimal, short } from '../core/format';
import type { Summaries } from './results/summaries';
import type { Jobs, JobState } from './scoring/jobs';

/** Lenses at the file, its runs and its facts. They carry ids only: what they name is looked up at the click. */
export function registerLenses(
  documents: Documents,
  summaries: Summaries,
  jobs: Jobs,
  config: Config,
): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const refresh = () => {
    changed.fire();
  };
  return vscode.Disposable.from(
    changed,
    summaries.onDidChange(refresh),
    jobs.onDidChange(refresh),
    config.onDidChange(refresh, 'lenses.show'),
    vscode.languages.registerCodeLensProvider(PROBE_FILES, {
      onDidChangeCodeLenses: changed.event,
      provideCodeLenses: async (document) => {
        const snapshot = config.showLenses ? await documents.current(document) : undefined;
        if (snapshot === undefined) return [];
        const uri = document.uri.toString();
        const summary = summaries.of(document);
        return [
          ...fileLenses(snapshot.head, uri, jobs.of(document.uri)),
          ...snapshot.runs.flatMap((run) =>
            runLenses(run.span, uri, run.id, run.kind === 'log', runSummary(summary, run.id)),
          ),
          ...snapshot.facts.flatMap((fact) => factLenses(fact.span, uri, fact.id, summary)),
        ];
      },
    }),
  );
}

function fileLenses(head: Span, uri: string, job: JobState | undefined): vscode.CodeLens[] {
  return [
    job?.state === 'running'
      ? lens(head, `$(sync~spin) Scoring${progressOf(job)}`, 'knowledgeProbes.scoreAll', uri)
      : lens(head, '▶ Score all', 'knowledgeProbes.scoreAll', uri),
    lens(head, 'Trajectories', 'knowledgeProbes.showTrajectories', uri),
    lens(head, 'Retention', 'knowledgeProbes.showRetention', uri),
  ];
}

function runLenses(
  span: Span,
  uri: string,
  run: string,
  isLog: boolean,
  summary: RunSummary | undefined,
): vscode.CodeLens[] {
  const charts = [
    lens(span, 'Trajectories', 'knowledgeProbes.showTrajectories', uri, { run }),
    lens(span, 'Retention', 'knowledgeProbes.showRetention', uri, { run }),
  ];
  if (isLog) return charts;
  return [
    lens(span, `▶ Score run${checkpointsOf(summary)}`, 'knowledgeProbes.scoreRun', uri, { run }),
    ...charts,
  ];
}

function factLenses(
  span: Span,
  uri: string,
  fact: string,
  summary: FileSummary | undefined,
): vscode.CodeLens[] {
  const known = summary?.facts.find((candidate) => candidate.fact === fact);
  const retained =
    known?.retained == null || known.lag === null
      ? ''
      : ` · R(${short(known.lag)}) ${decimal(known.retained)}`;
  return [
    lens(span, '▶ Score', 'knowledgeProbes.scoreFact', uri, { fact }),
    lens(span, `Retention${retained}`, 'knowledgeProbes.showRetention', uri, { fact }),
  ];
}

function lens(span: Span, title: string, command: string, ...ids: readonly unknown[]): vscode.CodeLens {
  return new vscode.CodeLens(toRange({ start: span.start, end: span.start }), {
    title,
    command,
    arguments: [...ids],
  });
}

function runSummary(summary: FileSummary | undefined, id: string): RunSummary | undefined {
  return summary?.runs.find(({ run }) => run === id);
}

function checkpointsOf(summary: RunSummary | undefined): string {
  if (summary === undefined) return '';
  const all = `${summary.checkpoints} ${summary.checkpoints === 1 ? 'checkpoint' : 'checkpoints'}`;
  return summary.scored === 0 ? ` (${all})` : ` (${summary.scored} of ${all} scored)`;
}

function progressOf({ progress }: JobState): string {
  return progress === undefined ? ' …' : ` ${progress.checkpointsDone}/${progress.checkpoints}`;
}
