import * as vscode from 'vscode';
import type { FactSummary, FileSummary } from '../protocol/analysis';
import type { Span } from '../protocol/language';
import type { Config } from './config';
import type { Documents } from './language/documents';
import { toRange } from './language/spans';
import { PROBE_FILES } from './probeFiles';
import { decimal, short } from '../core/format';
import { coverageOf } from './results/coverage';
import type { Summaries } from './results/summaries';
import type { Jobs, JobState } from './scoring/jobs';

/** A lens whose words are found when it comes into view: a file of 10,000 probes has thousands. */
class Lens extends vscode.CodeLens {
  readonly describe: () => vscode.Command;

  constructor(span: Span, describe: () => vscode.Command) {
    super(toRange({ start: span.start, end: span.start }));
    this.describe = describe;
  }
}

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
  const provider: vscode.CodeLensProvider<Lens> = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses: async (document) => {
      const snapshot = config.showLenses ? await documents.current(document) : undefined;
      if (snapshot === undefined) return [];
      const uri = document.uri.toString();
      const summary = summaries.of(document);
      // Without runs, as in a file of facts for others, and where all were measured elsewhere there is nothing to score.
      const scorable = snapshot.runs.some(({ kind }) => kind !== 'log');
      return [
        ...fileLenses(snapshot.head, uri, scorable, jobs.of(document.uri)),
        ...snapshot.runs.flatMap((run) => runLenses(run.span, uri, run.id, run.kind === 'log', summary)),
        ...snapshot.facts.flatMap((fact) => factLenses(fact.span, uri, fact.id, scorable, summary)),
      ];
    },
    resolveCodeLens: (lens) => {
      lens.command = lens.describe();
      return lens;
    },
  };
  return vscode.Disposable.from(
    changed,
    summaries.onDidChange(refresh),
    jobs.onDidChange(refresh),
    config.onDidChange(refresh, 'lenses.show'),
    vscode.languages.registerCodeLensProvider(PROBE_FILES, provider),
  );
}

function fileLenses(head: Span, uri: string, scorable: boolean, job: JobState | undefined): Lens[] {
  const score = () => (job?.state === 'running' ? `$(sync~spin) Scoring${progressOf(job)}` : '▶ Score all');
  return [
    ...(scorable ? [lens(head, 'knowledgeProbes.scoreAll', score, uri)] : []),
    lens(head, 'knowledgeProbes.showTrajectories', () => 'Trajectories', uri),
    lens(head, 'knowledgeProbes.showRetention', () => 'Retention', uri),
  ];
}

function runLenses(
  span: Span,
  uri: string,
  run: string,
  isLog: boolean,
  summary: FileSummary | undefined,
): Lens[] {
  const score = () => {
    const known = summary?.runs.find((each) => each.run === run);
    return `▶ Score run${known === undefined ? '' : ` (${coverageOf(known)})`}`;
  };
  return [
    ...(isLog ? [] : [lens(span, 'knowledgeProbes.scoreRun', score, uri, { run })]),
    lens(span, 'knowledgeProbes.showTrajectories', () => 'Trajectories', uri, { run }),
    lens(span, 'knowledgeProbes.showRetention', () => 'Retention', uri, { run }),
  ];
}

function factLenses(
  span: Span,
  uri: string,
  fact: string,
  scorable: boolean,
  summary: FileSummary | undefined,
): Lens[] {
  const retention = () => `Retention${retainedOf(summary?.facts.find((known) => known.fact === fact))}`;
  return [
    ...(scorable ? [lens(span, 'knowledgeProbes.scoreFact', () => '▶ Score', uri, { fact })] : []),
    lens(span, 'knowledgeProbes.showRetention', retention, uri, { fact }),
  ];
}

function lens(span: Span, command: string, title: () => string, ...ids: readonly unknown[]): Lens {
  return new Lens(span, () => ({ title: title(), command, arguments: [...ids] }));
}

function retainedOf(summary: FactSummary | undefined): string {
  if (summary?.retained == null || summary.lag === null) return '';
  return ` · R(${short(summary.lag)}) ${decimal(summary.retained)}`;
}

function progressOf({ progress }: JobState): string {
  return progress === undefined ? ' …' : ` ${progress.checkpointsDone}/${progress.checkpoints}`;
}
