import * as path from 'node:path';
import * as vscode from 'vscode';
import type { AnalysisApi } from '../protocol/analysis';
import type { LanguageApi } from '../protocol/language';
import type { ScoringApi, ScoringEvents } from '../protocol/scoring';
import { registerCommands } from './commands';
import { Config } from './config';
import { registerAnnotations } from './language/annotations';
import { registerDiagnostics } from './language/diagnostics';
import { createDocuments } from './language/documents';
import { registerOutline } from './language/outline';
import { registerQuickFixes } from './language/quickFixes';
import { registerLenses } from './lenses';
import { showAtStart } from './panel/atStart';
import { createPanels } from './panel/panels';
import { createDecorations, type Decorations } from './results/decorations';
import { registerHover } from './results/hover';
import { createSummaries, type Summaries } from './results/summaries';
import { forgetFailures } from './scoring/forgetFailures';
import { createJobs } from './scoring/jobs';
import { registerScoringKey } from './scoring/scoringKey';
import { createStatus } from './status';
import { createThread } from './workers/thread';

/** A worker that dies sooner is not started again unasked: the same text would kill it again. */
const STABLE_MS = 10_000;

/** What other extensions, and the tests, may look at. */
export interface Extension {
  readonly summaries: Pick<Summaries, 'of' | 'onDidChange'>;
  readonly decorations: Pick<Decorations, 'of'>;
  /** How long activation took, without loading the bundle. */
  readonly activationMs: number;
}

/** Wires the features. Nothing here computes, and no worker starts before the first probe file. */
export function activate(context: vscode.ExtensionContext): Extension {
  const began = performance.now();
  const log = vscode.window.createOutputChannel('Knowledge Probes', { log: true });
  const config = new Config();

  const worker = (name: string) => path.join(__dirname, `${name}-worker.js`);
  const language = createThread<LanguageApi>(worker('language'), {}, log, (lived) => {
    if (lived > STABLE_MS) documents.refresh();
  });
  const analysis = createThread<AnalysisApi>(worker('analysis'), {}, log);
  const events: ScoringEvents = {
    progress: (progress) => {
      jobs.report(progress);
    },
  };
  const scoring = createThread<ScoringApi>(worker('scoring'), events, log);

  const documents = createDocuments(language, log);
  const summaries = createSummaries(documents, analysis, config, log);
  const jobs = createJobs(scoring, documents, summaries, config, log);
  const decorations = createDecorations(documents, summaries, config);
  const panels = createPanels(context.extensionUri, { documents, analysis, summaries, jobs, config });
  const status = createStatus(summaries, jobs);

  context.subscriptions.push(
    log,
    language,
    analysis,
    scoring,
    documents,
    summaries,
    jobs,
    decorations,
    panels,
    status,
    forgetFailures(jobs, summaries, config),
    registerScoringKey(jobs),
    registerDiagnostics(documents),
    registerQuickFixes(documents),
    registerAnnotations(documents, language),
    registerOutline(documents),
    registerLenses(documents, summaries, jobs, config),
    registerHover(decorations, analysis, config),
    registerCommands({ documents, jobs, panels, decorations, status, config, log }),
  );
  showAtStart(context, panels);
  return { summaries, decorations, activationMs: performance.now() - began };
}
