import { measuredFrom } from '../../core/dynamics/paper/measuredLog';
import {
  PAPER_KINDS,
  PAPER_PARTS,
  PROBE_KIND_OF,
  PROBES_PER_EXAMPLE,
  type PublishedLog,
} from '../../core/dynamics/paper/publishedLog';
import { FailureError } from '../../core/failure';
import { count } from '../../core/format';
import { datasetFactId } from '../../core/probes/datasetText';
import type { Probe, ProbeFile, ProbeKind } from '../../core/probes/model';
import type { Column, MeasuredLog } from '../../core/results/measured/log';

/** A probe file by which a log's probes are named. */
export interface Names {
  /** Absolute path, for failures. */
  readonly path: string;
  readonly file: ProbeFile;
}

export interface Named {
  readonly log: MeasuredLog;
  /** What does not fit, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * A published log under the ids of a probe file: its example e is the file's fact e, probe p of a kind the fact's p-th
 * of that kind. Examples beyond the file's facts are left out where the log has only null for them.
 * @throws FailureError `probes-mismatch`
 */
export function namePublished(log: PublishedLog, names: Names | undefined): Named {
  if (names === undefined) {
    const idOf = (e: number, kind: keyof typeof PROBE_KIND_OF, p: number) => ({
      fact: datasetFactId(e),
      probe: `${PROBE_KIND_OF[kind]}-${p + 1}`,
    });
    return { log: measuredFrom(log, idOf), notes: [] };
  }
  const { facts } = names.file;
  const examples = Math.min(log.examples, facts.length);
  if (facts.length > log.examples || !isNull(log, examples))
    throw mismatch(names, `it has ${facts.length} facts, and the log has ${log.examples} examples`);
  const probes = facts.map((fact) => {
    const ofKind = new Map<ProbeKind, readonly Probe[]>();
    for (const kind of PAPER_KINDS.map((each) => PROBE_KIND_OF[each])) {
      const all = fact.probes.filter((probe) => probe.kind === kind);
      if (all.length !== PROBES_PER_EXAMPLE)
        throw mismatch(
          names,
          `its fact “${fact.id.value}” has ${all.length} ${kind} probes, and the log has ${PROBES_PER_EXAMPLE} of each example`,
        );
      ofKind.set(kind, all);
    }
    return { fact: fact.id.value, ofKind };
  });
  const idOf = (e: number, kind: keyof typeof PROBE_KIND_OF, p: number) => {
    const { fact, ofKind } = probes[e]!;
    return { fact, probe: ofKind.get(PROBE_KIND_OF[kind])![p]!.id.value };
  };
  const rest = log.examples - examples;
  return {
    log: measuredFrom(log, idOf, examples),
    notes: rest === 0 ? [] : [`The log's last ${rest} examples are null throughout and are left out.`],
  };
}

/** Whether there is nothing but null from an example on. */
function isNull(log: PublishedLog, from: number): boolean {
  const start = from * PROBES_PER_EXAMPLE * log.loggedSteps.length;
  const nothing = ({ values, missing }: Column) =>
    start === values.length || missing?.subarray(start).every((each) => each === 1) === true;
  return PAPER_KINDS.every((kind) => PAPER_PARTS.every((part) => nothing(log.logprobs[kind][part])));
}

/** Looks up the ids of a log of named columns, and takes kinds from the probe file. */
export function nameRows(log: MeasuredLog, names: Names | undefined): Named {
  if (names === undefined) return { log, notes: [] };
  const kinds = new Map(
    names.file.facts.map(({ id, probes }) => [
      id.value,
      new Map(probes.map((probe) => [probe.id.value, probe.kind])),
    ]),
  );
  const known = log.probes.map(({ fact, probe }) => kinds.get(fact)?.get(probe));
  const unknown = log.probes.filter((_, s) => known[s] === undefined);
  if (unknown.length === log.probes.length)
    throw mismatch(names, `it has none of the log's probes, such as ${nameOf(unknown[0]!)}`);
  const inLog = new Set(log.probes.map(nameOf));
  const absent = names.file.facts.flatMap(({ id, probes }) =>
    probes
      .map((probe) => ({ fact: id.value, probe: probe.id.value }))
      .filter((each) => !inLog.has(nameOf(each))),
  );
  return {
    log: {
      ...log,
      probes: log.probes.map((each, s) => ({ ...each, ...(known[s] !== undefined && { kind: known[s] }) })),
    },
    notes: [
      ...(unknown.length === 0
        ? []
        : [`${count(unknown.length)} probes of the log are not in the probe file: ${some(unknown)}.`]),
      ...(absent.length === 0
        ? []
        : [`${count(absent.length)} probes of the probe file are not in the log: ${some(absent)}.`]),
    ],
  };
}

const MOST_NAMED = 5;

function some(probes: readonly { readonly fact: string; readonly probe: string }[]): string {
  const names = probes.slice(0, MOST_NAMED).map(nameOf).join(', ');
  return probes.length > MOST_NAMED ? `${names}, …` : names;
}

function nameOf({ fact, probe }: { readonly fact: string; readonly probe: string }): string {
  return `${fact}/${probe}`;
}

function mismatch({ path }: Names, what: string): FailureError {
  return new FailureError({
    code: 'probes-mismatch',
    message: `The probe file does not belong to this log: ${what}.`,
    file: path,
    remedy: 'Name the probe file of the facts that the log measures, or leave --probes out.',
  });
}
