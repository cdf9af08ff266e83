import type { Located, ProbeFile } from '../model';
import { nearest } from '../nearest';
import { quoted } from '../scalars';
import { replace, type Finding, type Rule } from './rule';

export const duplicateId: Rule = {
  code: 'duplicate-id',
  severity: 'error',
  title: 'Ids of runs, of facts, and of the probes of a fact are given once',
  *check({ file }) {
    yield* duplicates('run', file.runs);
    yield* duplicates('fact', file.facts);
    for (const fact of file.facts) yield* duplicates('probe', fact.probes);
  },
};

interface Named {
  readonly id: Located<string>;
  readonly hasOwnId?: boolean;
}

function* duplicates(what: string, named: readonly Named[]): Iterable<Finding> {
  const taken = new Set(named.map(({ id }) => id.value));
  const seen = new Set<string>();
  for (const { id, hasOwnId } of named) {
    if (!seen.has(id.value)) {
      seen.add(id.value);
      continue;
    }
    const free = freeId(id.value, taken);
    taken.add(free);
    yield {
      range: id.range,
      message:
        `There is another ${what} “${id.value}”: results would be mixed up. ` +
        (hasOwnId === false
          ? 'Give this one an id of its own, or rename the other.'
          : 'Give one of them another id.'),
      ...(hasOwnId === false
        ? {}
        : { fixes: [replace(`Rename to “${free}”`, id.range, quoted(free, true))] }),
    };
  }
}

function freeId(id: string, taken: ReadonlySet<string>): string {
  for (let n = 2; ; n++) if (!taken.has(`${id}-${n}`)) return `${id}-${n}`;
}

export const unknownRun: Rule = {
  code: 'unknown-run',
  severity: 'error',
  title: 'Conditions and injections are given for runs of the file',
  *check({ file }) {
    // A file without runs is included by others; theirs are the runs.
    if (file.runs.length === 0) return;
    const ids = file.runs.map(({ id }) => id.value);
    for (const fact of file.facts)
      for (const [run, { run: range }] of [
        ...Object.entries(fact.conditionByRun),
        ...Object.entries(fact.injectionsByRun),
      ]) {
        if (ids.includes(run)) continue;
        const meant = nearest(run, ids);
        yield {
          range,
          about: runsSection(file),
          message:
            `There is no run “${run}” in this file. ` +
            (meant === undefined ? `Its runs are ${ids.join(', ')}.` : `Did you mean “${meant}”?`),
          ...(meant === undefined
            ? {}
            : { fixes: [replace(`Change to “${meant}”`, range, quoted(meant, true))] }),
        };
      }
  },
};

/** From the first run to the last: while something is broken there, a run may only seem to be missing. */
function runsSection({ runs }: ProbeFile) {
  return { start: runs[0]!.range.start, end: runs.at(-1)!.range.end };
}
