import { describeFailure } from '../../failure';
import { excerpt, probesOf, type Rule } from './rule';

export const checkpointsMissing: Rule = {
  code: 'checkpoints-missing',
  severity: 'warning',
  title: 'The checkpoints of a run exist',
  *check({ file, environment }) {
    for (const run of file.runs) {
      const found = environment.checkpoints?.get(run.id.value);
      if (found?.count !== 0 || run.source?.kind !== 'checkpoints') continue;
      const why = found.problems[0];
      yield {
        range: run.source.pattern.range,
        message:
          why === undefined
            ? 'No checkpoint matches this pattern. Correct it, or put the checkpoints there.'
            : describeFailure(why),
      };
    }
  },
};

export const checkpointUnusable: Rule = {
  code: 'checkpoint-unusable',
  severity: 'warning',
  title: 'Every checkpoint that is found can be scored',
  *check({ file, environment }) {
    for (const run of file.runs) {
      const found = environment.checkpoints?.get(run.id.value);
      if (found === undefined || found.count === 0 || run.source?.kind !== 'checkpoints') continue;
      for (const problem of found.problems)
        yield { range: run.source.pattern.range, message: describeFailure(problem) };
    }
  },
};

export const logUnusable: Rule = {
  code: 'log-unusable',
  severity: 'warning',
  title: 'The log of a run can be read',
  *check({ file, environment }) {
    for (const run of file.runs) {
      const found = environment.logs?.get(run.id.value);
      if (run.source?.kind !== 'log' || found === undefined || !('failure' in found)) continue;
      yield { range: run.source.path.range, message: describeFailure(found.failure) };
    }
  },
};

export const logWithoutProbes: Rule = {
  code: 'log-without-probes',
  severity: 'warning',
  title: 'A log has the probes of the file',
  *check({ file, environment }) {
    const probes = [...probesOf(file)].map(({ fact, probe }) => [fact.id.value, probe.id.value] as const);
    for (const run of file.runs) {
      const found = environment.logs?.get(run.id.value);
      if (run.source?.kind !== 'log' || found === undefined || 'failure' in found) continue;
      const known = new Set(found.probes.map(({ fact, probe }) => JSON.stringify([fact, probe])));
      const absent = probes.filter((ids) => !known.has(JSON.stringify(ids)));
      if (absent.length === 0) continue;
      yield {
        range: run.source.path.range,
        message: `${absent.length} of ${probes.length} probes are not in this log, “${excerpt(absent[0]!.join('/'))}” first. Results of a log are found by ids: correct them, or import it again with --probes.`,
      };
    }
  },
};

export const scheduleUnreadable: Rule = {
  code: 'schedule-unreadable',
  severity: 'error',
  title: 'Schedule files can be read',
  *check({ environment }) {
    for (const { path, failure } of environment.brokenSchedules ?? [])
      yield { range: path.range, message: describeFailure(failure) };
  },
};

export const scheduleUnknownFact: Rule = {
  code: 'schedule-unknown-fact',
  severity: 'warning',
  title: 'Schedule files speak of facts that exist',
  *check({ file, environment }) {
    const facts = new Set(file.facts.map(({ id }) => id.value));
    // Included files may hold the facts that are not here.
    if (file.include.length > 0) return;
    for (const run of file.runs) {
      if (run.injections?.value.kind !== 'file') continue;
      const rows = environment.schedules?.get(run.injections.value.path.value) ?? [];
      const unknown = [...new Set(rows.map(({ fact }) => fact))].filter((fact) => !facts.has(fact));
      if (unknown.length > 0)
        yield {
          range: run.injections.range,
          message: `This schedule injects ${unknown.length} facts that are not in this file, “${excerpt(unknown[0]!)}” first. Add them, or correct their ids.`,
        };
    }
  },
};

export const borderToken: Rule = {
  code: 'border-token',
  severity: 'warning',
  title: 'No token spans the border between prompt and target',
  *check({ file, environment }) {
    for (const { runs, split } of environment.tokenizers ?? [])
      for (const { probe } of probesOf(file))
        for (const target of probe.targets) {
          const { borderToken: token } = split(probe.prompt.value, probe.join + target.value);
          if (token !== undefined)
            yield {
              range: target.range,
              about: probe.range,
              message: `The token “${token}” of ${inRuns(runs)} covers both the end of the prompt and the beginning of the target; it is scored as part of the target. Let both end and begin with whole words, or change “join”.`,
            };
        }
  },
};

export const promptCut: Rule = {
  code: 'prompt-cut',
  severity: 'warning',
  title: "Prompt and target fit into the model's context",
  *check({ file, environment }) {
    for (const { runs, context, split } of environment.tokenizers ?? [])
      for (const { probe } of probesOf(file)) {
        const cuts = probe.targets.map(
          (target) => split(probe.prompt.value, probe.join + target.value).cut ?? 0,
        );
        const most = Math.max(0, ...cuts);
        if (most > 0)
          yield {
            range: probe.prompt.range,
            about: probe.range,
            message: `The model of ${inRuns(runs)} looks at ${context} tokens, and this prompt with its target has ${most} too many: it is cut from the left when it is scored. Shorten the prompt.`,
          };
      }
  },
};

export const notScorable: Rule = {
  code: 'not-scorable',
  severity: 'warning',
  title: "Every probe can be scored with its runs' tokenizers",
  *check({ file, environment }) {
    for (const { runs, split } of environment.tokenizers ?? [])
      for (const { probe } of probesOf(file))
        for (const target of probe.targets) {
          const { failure } = split(probe.prompt.value, probe.join + target.value);
          if (failure !== undefined)
            yield {
              range: target.range,
              about: probe.range,
              message: `With the tokenizer of ${inRuns(runs)}: ${describeFailure(failure)}`,
            };
        }
  },
};

function inRuns(runs: readonly string[]): string {
  return runs.map((run) => `“${run}”`).join(', ');
}
