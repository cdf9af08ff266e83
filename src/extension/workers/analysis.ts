/** The analysis worker: reads results and computes on them, away from the editor's thread. */
import { describeFailure, FailureError } from '../../core/failure';
import { createAnalyzer } from '../../disk/analysis';
import { otherSource } from '../../disk/results/source';
import type { AnalysisApi } from '../../protocol/analysis';
import { connect } from '../../protocol/rpc';
import { threadPort } from './port';

const analyzer = createAnalyzer();

const api: AnalysisApi = {
  summarize: (source) => analyzer.summarize(source),
  tokens: (results, score) => analyzer.tokens(results, score),
  analyze: async (source, selection, options) => {
    const { runs, problems } = await analyzer.analyze(source, selection, options);
    // A panel shows analyses only, so that what is missing from them has to be said in them.
    const unread = problems.find(({ code }) => code.startsWith('log-'));
    if (runs.length === 0 && unread !== undefined) throw new FailureError(unread);
    const other = await otherSource(source.results, source.path);
    const notes = [...(other === undefined ? [] : [other]), ...problems].map(describeFailure);
    return runs.map((run) => ({ ...run, notes: [...run.notes, ...notes] }));
  },
};

connect(threadPort(), api);
