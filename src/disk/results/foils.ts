import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FailureError, type Failure } from '../../core/failure';
import type { ChosenFoils } from '../../core/probes/foils';
import { isMissing, readFailure } from './trouble';
import { setAside, writeBeside } from './write';

const VERSION = 1;
/** One for all tokenizers, as it was written before each had its own. */
const COMMON = '_foils.json';

/**
 * Each tokenizer's choices have a file of their own, so that two programs that score with different ones never write
 * over what the other has chosen.
 */
function fileOf(tokenizer: string): string {
  return `_foils-${tokenizer}.json`;
}

/** Foils that were chosen for probes that give none, by the tokenizer whose tokens were counted. */
export type StoredFoils = Readonly<Record<string, readonly ChosenFoils[]>>;

/** What a scorer has to know of earlier choices. */
export interface EarlierFoils {
  readonly chosen: readonly ChosenFoils[];
  /** `foils-damaged`: files of which only what is whole is in `chosen`. */
  readonly problems: readonly Failure[];
}

/**
 * What was chosen before for a results folder, for those who show it: what cannot be read is left out, since then the
 * texts scored most often are taken.
 */
export async function readFoils(folder: string): Promise<StoredFoils> {
  const stored = new Map<string, readonly ChosenFoils[]>();
  const names = await readdir(folder).catch((): string[] => []);
  const own = names.filter((name) => /^_foils-[0-9a-z]+\.json$/.test(name));
  for (const name of [COMMON, ...own]) {
    const { foils } = await load(join(folder, name)).catch((): Loaded => ({ foils: {} }));
    for (const [tokenizer, chosen] of Object.entries(foils))
      stored.set(tokenizer, merged(stored.get(tokenizer) ?? [], chosen));
  }
  return Object.fromEntries(stored);
}

/**
 * What was chosen before with a tokenizer, for those who choose: what cannot be read may not be taken for nothing, or
 * others would be chosen, and those that are scored would count no more.
 * @throws FailureError `foils-newer`, `foils-unreadable`
 */
export async function earlierFoils(folder: string, tokenizer: string): Promise<EarlierFoils> {
  const loaded = await loadAll(folder, tokenizer);
  return {
    chosen: chosenIn(loaded, tokenizer),
    problems: loaded.flatMap(({ damage }) => damage ?? []),
  };
}

/**
 * Adds to what was chosen with a tokenizer, by others too, up to now. Files that are damaged are set aside as they are;
 * what is whole of them is kept.
 * @returns `foils-damaged`, with what became of the file
 * @throws FailureError as {@link earlierFoils}; `results-write`
 */
export async function addFoils(
  folder: string,
  tokenizer: string,
  chosen: readonly ChosenFoils[],
): Promise<Failure[]> {
  // Read again: others may have written since.
  const before = await loadAll(folder, tokenizer);
  const told: Failure[] = [];
  for (const { name, foils, damage } of before) {
    if (damage === undefined) continue;
    const aside = await setAside(folder, join(folder, name));
    // It may have choices of other tokenizers, too.
    if (Object.keys(foils).length > 0) await write(folder, name, foils);
    const remedy = `It is kept as ${basename(aside)}; what could not be read of it is chosen anew.`;
    told.push({ ...damage, remedy });
  }
  await write(folder, fileOf(tokenizer), { [tokenizer]: merged(chosenIn(before, tokenizer), chosen) });
  return told;
}

async function write(folder: string, name: string, foils: StoredFoils): Promise<void> {
  await writeBeside(folder, name, `${JSON.stringify({ version: VERSION, foils })}\n`);
}

async function loadAll(folder: string, tokenizer: string): Promise<(Loaded & { readonly name: string })[]> {
  const names = [COMMON, fileOf(tokenizer)];
  return Promise.all(names.map(async (name) => ({ name, ...(await load(join(folder, name))) })));
}

function chosenIn(loaded: readonly Loaded[], tokenizer: string): readonly ChosenFoils[] {
  return loaded.reduce<readonly ChosenFoils[]>(
    (chosen, { foils }) => merged(chosen, foils[tokenizer] ?? []),
    [],
  );
}

/** The later choice for a probe counts. */
function merged(before: readonly ChosenFoils[], after: readonly ChosenFoils[]): readonly ChosenFoils[] {
  const all = new Map([...before, ...after].map((one) => [JSON.stringify([one.fact, one.probe]), one]));
  return [...all.values()];
}

interface Loaded {
  readonly foils: StoredFoils;
  readonly damage?: Failure;
}

/** @throws FailureError `foils-newer`, `foils-unreadable` */
async function load(file: string): Promise<Loaded> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return { foils: {} };
    throw unreadable(error, file);
  }
  const stored = parsed(text);
  if (!isRecord(stored)) return { foils: {}, damage: damaged(file) };
  const { version } = stored;
  if (typeof version === 'number' && version > VERSION) throw newer(file, version);
  if (version !== VERSION || !isRecord(stored['foils'])) return { foils: {}, damage: damaged(file) };
  const entries = Object.entries(stored['foils']);
  const isWhole = entries.every(([, all]) => Array.isArray(all) && all.every(isChosen));
  const foils = Object.fromEntries(
    entries.map(([tokenizer, all]) => [tokenizer, Array.isArray(all) ? all.filter(isChosen) : []]),
  );
  return isWhole ? { foils } : { foils, damage: damaged(file) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function damaged(file: string): Failure {
  return {
    code: 'foils-damaged',
    message: 'The file of the foils that were chosen for probes without any is damaged.',
    file,
  };
}

function newer(file: string, version: number): FailureError {
  return new FailureError({
    code: 'foils-newer',
    message: 'The foils of this results folder were chosen by a newer version of Knowledge Probes.',
    file,
    place: `version ${version}`,
    remedy:
      'Update, or put the results elsewhere: --results DIR, or the setting knowledgeProbes.results.folder.',
  });
}

function unreadable(error: unknown, file: string): FailureError {
  return new FailureError(
    {
      ...readFailure(error, file),
      code: 'foils-unreadable',
      message: 'The foils that were chosen for probes without any cannot be read.',
      remedy:
        'Give this program the right to read the file; without it other foils would be chosen and scored.',
    },
    { cause: error },
  );
}

function isChosen(value: unknown): value is ChosenFoils {
  return (
    isRecord(value) &&
    ['fact', 'probe', 'kind', 'target'].every((key) => typeof value[key] === 'string') &&
    Array.isArray(value['foils']) &&
    value['foils'].every((foil) => typeof foil === 'string')
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
