import { realpath } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { describeFailure, toFailure } from '../core/failure';
import type { Fact, Located, ProbeFile, Schedule } from '../core/probes/model';
import { parseProbeFile, type ParsedProbeFile } from '../core/probes/parse';
import type { Problem } from '../core/probes/problem';
import { readProbeText } from './probeText';

export interface LoadedProbeFile extends ParsedProbeFile {
  /** Absolute path of the probe file. */
  readonly path: string;
  /** Structure, and what is wrong with includes. */
  readonly problems: readonly Problem[];
  /** The files it includes, directly or not, each once. Their ranges are of their own texts. */
  readonly included: readonly IncludedFile[];
  /** The file with the facts of all included ones after its own: what is scored and analysed. */
  readonly whole: ProbeFile;
}

export interface IncludedFile extends ParsedProbeFile {
  readonly path: string;
  /** The include of the first file through which this one came. */
  readonly include: Located<string>;
}

/**
 * Reads a probe file and the files it includes.
 * @param options.text the editor's text, where it may differ from the disk's
 * @throws FailureError as {@link readProbeText} does, for the file itself; an included file that cannot be read is a
 * problem at its include
 */
export async function loadProbeFile(path: string, options: { text?: string } = {}): Promise<LoadedProbeFile> {
  const absolute = resolve(path);
  const text = options.text ?? (await readProbeText(absolute));
  const parsed = parseOnce(absolute, text);
  const { included, problems } = await loadIncluded(absolute, parsed.file);
  return {
    ...parsed,
    path: absolute,
    problems: [...parsed.problems, ...problems],
    included,
    whole: {
      ...parsed.file,
      facts: [
        ...parsed.file.facts,
        ...included.flatMap(({ path: from, file }) =>
          file.facts.map((fact) => rebased(fact, from, absolute)),
        ),
      ],
    },
  };
}

/** What was parsed last, by path: the same text is asked for again and again, and parsing is slow. */
const parsedLast = new Map<string, ParsedProbeFile>();
const MOST_PARSED = 16;

function parseOnce(path: string, text: string): ParsedProbeFile {
  const known = parsedLast.get(path);
  const parsed = known?.text === text ? known : parseProbeFile(text);
  parsedLast.delete(path);
  parsedLast.set(path, parsed);
  const [oldest] = parsedLast.keys();
  if (parsedLast.size > MOST_PARSED && oldest !== undefined) parsedLast.delete(oldest);
  return parsed;
}

async function loadIncluded(
  path: string,
  file: ProbeFile,
): Promise<{ included: IncludedFile[]; problems: Problem[] }> {
  const included: IncludedFile[] = [];
  const problems: Problem[] = [];
  const seen = new Set([await identity(path)]);

  /** @param at the include of the first file through which one comes here: only there can a problem be shown */
  const load = async (
    from: string,
    includes: readonly Located<string>[],
    at?: Located<string>,
    above: readonly string[] = [],
  ) => {
    for (const include of includes) {
      const place = at ?? include;
      const target = resolve(dirname(from), include.value);
      const id = await identity(target);
      if (above.includes(id)) {
        problems.push(
          problem(
            'include-cycle',
            place,
            `“${include.value}” includes itself in the end. Delete one include of the circle.`,
          ),
        );
        continue;
      }
      if (seen.has(id)) continue;
      seen.add(id);
      try {
        const parsed = parseOnce(target, await readProbeText(target));
        included.push({ ...parsed, path: target, include: place });
        const errors = parsed.problems.filter(({ severity }) => severity === 'error').length;
        if (errors > 0)
          problems.push(
            problem(
              'include-broken',
              place,
              `“${relative(dirname(path), target)}” has ${errors} ${errors === 1 ? 'error' : 'errors'}: what could be read of it is used. Open it and mend them.`,
            ),
          );
        await load(target, parsed.file.include, place, [...above, id]);
      } catch (error) {
        problems.push(problem('include-unreadable', place, describeFailure(toFailure(error))));
      }
    }
  };
  await load(path, file.include, undefined, [...seen]);
  problems.push(...doubleFacts(file.facts, included));
  return { included, problems };
}

/** Facts are known by their ids, in included files too. */
function doubleFacts(own: readonly Fact[], included: readonly IncludedFile[]): Problem[] {
  const home = new Map(own.map((fact) => [fact.id.value, 'this file']));
  return included.flatMap(({ path, file, include }) =>
    file.facts.flatMap(({ id }) => {
      const first = home.get(id.value) ?? path;
      home.set(id.value, first);
      return first === path
        ? []
        : [
            problem(
              'duplicate-id',
              include,
              `The fact “${id.value}” of ${path} is in ${first} too. Give one of the two another id.`,
            ),
          ];
    }),
  );
}

/** An included fact with the paths of its schedule files relative to the first file, as they are looked for. */
function rebased(fact: Fact, from: string, to: string): Fact {
  const move = <T extends Located<Schedule>>(schedule: T): T => {
    if (schedule.value.kind !== 'file') return schedule;
    const path = relative(dirname(to), resolve(dirname(from), schedule.value.path.value));
    return { ...schedule, value: { kind: 'file', path: { ...schedule.value.path, value: path } } };
  };
  return {
    ...fact,
    ...(fact.injections !== undefined && { injections: move(fact.injections) }),
    injectionsByRun: Object.fromEntries(
      Object.entries(fact.injectionsByRun).map(([run, schedule]) => [run, move(schedule)]),
    ),
  };
}

/** The same for all names of one file. */
async function identity(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

function problem(code: string, { range }: Located<string>, message: string): Problem {
  return { class: 'meaning', code, severity: 'error', message, range };
}
