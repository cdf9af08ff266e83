import { makeBatches, type BatchLimits } from './batches';
import { askOnce, groupBy, loadOf, type Asked, type Row } from './rows';

/** A beginning that rows have in common, and all that is asked there. */
export interface Group extends Asked {
  readonly members: readonly Member[];
}

/** A row of a group. */
export interface Member {
  readonly row: Row;
  /** For each of the row's `asks` its place in the group's; undefined where it comes after the beginning. */
  readonly places: readonly (number | undefined)[];
}

/** A row that goes on from the beginning of a group. */
export interface Step {
  /** Index of the group in its unit. */
  readonly group: number;
  readonly member: Member;
  /** What comes next, and what is asked there. */
  readonly rest: Asked;
}

/** Beginnings that are read in one batch. */
export interface Unit {
  readonly groups: readonly Group[];
  /** Of each beginning, how many tokens rows go on from. */
  readonly keeps: readonly number[];
  /** Rows that go on from equally many tokens. */
  readonly batches: readonly (readonly Step[])[];
}

/** What running a model costs besides what it is shown, in positions: its weights come from memory. Measured: 15 to 45. */
export const RUN = 40;
/** Tokens in the caches of a batch: on a GPT-2-small-shaped graph these are 57 MB. More did not make it faster. */
const CACHED = 768;

/**
 * Finds the rows whose common beginning is better read once, by counting positions.
 * @param least positions that it has to save
 * @returns longest beginnings first
 */
export function planSharing(rows: readonly Row[], limits: BatchLimits, least: number): Unit[] {
  const groups = groupsOf(rows);
  // Where padding takes more, another run costs less.
  const tight = { ...limits, padding: RUN };
  const units = makeBatches(groups.map(loadOf), tight)
    .map((batch) => batch.map((index) => groups[index]!))
    .map((some) => unitOf(some, tight))
    .map((unit) => ({ unit, saved: savedBy(unit, limits) }))
    .filter(({ saved }) => saved > 0);
  const saved = units.reduce((sum, one) => sum + one.saved, 0);
  return saved > least ? units.map(({ unit }) => unit) : [];
}

function savedBy({ groups, batches }: Unit, limits: BatchLimits): number {
  const rows = groups.flatMap(({ members }) => members.map(({ row }) => row));
  const apart = makeBatches(rows.map(loadOf), limits).map((batch) => batch.map((index) => rows[index]!));
  return costOf(apart) - costOf([groups, ...batches.map((batch) => batch.map(({ rest }) => rest))]);
}

/** In positions, padding included. */
function costOf(batches: readonly (readonly Asked[])[]): number {
  const positions = batches.map((batch) => batch.length * Math.max(...batch.map(({ ids }) => ids.length)));
  return positions.reduce((sum, count) => sum + count + RUN, 0);
}

function groupsOf(rows: readonly Row[]): Group[] {
  return groupBy(rows, ({ ids, prompt }) => ids.slice(0, prompt).join())
    .filter((members) => members.length > 1)
    .map((members) => {
      const length = commonLength(members.map(({ ids }) => ids));
      const { asks, placeOf } = askOnce();
      const placesOf = (row: Row): Member['places'] =>
        row.asks.map((ask) => (ask.place < length ? placeOf(ask) : undefined));
      return {
        ids: members[0]!.ids.slice(0, length),
        asks,
        members: members.map((row) => ({ row, places: placesOf(row) })),
      };
    })
    .filter(({ ids, members }) => members.every(({ row }) => isOfOneKind(ids.length, row.ids.length)));
}

/** Some models (LongRoPE) read texts longer than 4,096 tokens, or another power of two, in another way from the start. */
function isOfOneKind(beginning: number, whole: number): boolean {
  return whole <= 1024 || Math.clz32(beginning - 1) === Math.clz32(whole - 1);
}

function commonLength([first = [], ...others]: readonly (readonly number[])[]): number {
  const differs = first.findIndex((id, i) => others.some((other) => other[i] !== id));
  return differs === -1 ? first.length : differs;
}

/** @param groups longest beginnings first */
function unitOf(groups: readonly Group[], limits: BatchLimits): Unit {
  const keeps = keepsOf(groups, limits.tokens);
  const steps = groups.flatMap(({ ids: { length }, members }, group) =>
    members
      .filter(({ row }) => row.ids.length > length)
      .map((member) => ({ group, member, rest: restOf(member.row, length, keeps[group]!) })),
  );
  const batches = groupBy(steps, ({ group }) => keeps[group]!).flatMap((alike) => {
    const rows = Math.max(1, Math.floor(CACHED / keeps[alike[0]!.group]!));
    const loads = alike.map(({ rest }) => loadOf(rest));
    return makeBatches(loads, { ...limits, rows: Math.min(limits.rows, rows) }).map((batch) =>
      batch.map((index) => alike[index]!),
    );
  });
  return { groups, keeps, batches };
}

/** @param length of the beginning, where all is answered; at least `keep` */
function restOf({ ids, asks }: Row, length: number, keep: number): Asked {
  return {
    ids: ids.slice(keep),
    asks: asks.flatMap(({ place, id }) => (place < length ? [] : [{ place: place - keep, id }])),
  };
}

/**
 * How many tokens of each beginning to go on from: a few less than all where that makes them as many as another's, and
 * so saves a run.
 */
function keepsOf(groups: readonly Group[], most: number): number[] {
  const keeps: number[] = [];
  let first = 0;
  for (const [i, { ids }] of groups.entries()) {
    const { length } = ids;
    const alike = groups.slice(first, i + 1);
    const again = alike.reduce(
      (sum, { members }, j) => sum + members.length * ((keeps[first + j] ?? length) - length),
      0,
    );
    const rests = alike.flatMap(({ members }) => members.map(({ row }) => row.ids.length - length));
    if (again > RUN || rests.reduce((sum, rest) => sum + rest, 0) > most) first = i;
    keeps.fill(length, first);
    keeps[i] = length;
  }
  return keeps;
}
