import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChosenFoils } from '../../core/probes/foils';
import { writeBeside } from './write';

const FOILS_FILE = '_foils.json';
const VERSION = 1;

/** Foils that were chosen for probes that give none, by the tokenizer whose tokens were counted. */
export type StoredFoils = Readonly<Record<string, readonly ChosenFoils[]>>;

/** What was chosen before for a results folder. Nothing where nothing can be read: then foils are chosen anew. */
export async function readFoils(folder: string): Promise<StoredFoils> {
  try {
    const stored = JSON.parse(await readFile(join(folder, FOILS_FILE), 'utf8')) as unknown;
    if (!isRecord(stored) || stored['version'] !== VERSION || !isRecord(stored['foils'])) return {};
    return Object.fromEntries(
      Object.entries(stored['foils']).map(([tokenizer, chosen]) => [
        tokenizer,
        Array.isArray(chosen) ? chosen.filter(isChosen) : [],
      ]),
    );
  } catch {
    return {};
  }
}

/** Stores what was chosen. @throws FailureError `results-write` */
export async function writeFoils(folder: string, foils: StoredFoils): Promise<void> {
  await writeBeside(folder, FOILS_FILE, `${JSON.stringify({ version: VERSION, foils })}\n`);
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
