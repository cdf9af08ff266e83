import { foilChooser, type ChosenFoils, type FoilChooser } from '../../core/probes/foils';
import type { ProbeFile } from '../../core/probes/model';
import { readFoils, writeFoils } from '../../disk/results/foils';
import { tokenCounter } from '../tokenizer/count';
import { loadTokenizer } from '../tokenizer/load';

/** Stands for the tokenizer where none can be used and words are counted. */
const WORDS = 'words';

export interface Foils {
  /** Foils have as many tokens as the target; without a usable tokenizer words are counted, and scoring says why. */
  chooserFor(tokenizerFolder: string): Promise<FoilChooser>;
  /** Stores what was chosen, where that is new. */
  save(): Promise<void>;
}

/**
 * Chooses foils for a file as scoring with this tokenizer does, but stores nothing.
 * @throws FailureError `tokenizer-missing`, `tokenizer-unreadable`
 */
export async function foilsAsScored(
  file: ProbeFile,
  results: string,
  tokenizerFolder: string,
): Promise<FoilChooser> {
  await loadTokenizer(tokenizerFolder);
  return (await openFoils(file, results)).chooserFor(tokenizerFolder);
}

/** Foils chosen for a file, those of former jobs first, so that an edit of one probe leaves all others as they are. */
export async function openFoils(file: ProbeFile, results: string): Promise<Foils> {
  const stored = await readFoils(results);
  const chosen = new Map<string, Map<string, ChosenFoils>>();
  let isNew = false;
  return {
    async chooserFor(tokenizerFolder) {
      const tokenizer = await loadTokenizer(tokenizerFolder).catch(() => undefined);
      const key = tokenizer?.sha256 ?? WORDS;
      const before = stored[key] ?? [];
      const all =
        chosen.get(key) ?? new Map(before.map((choice) => [nameOf(choice.fact, choice.probe), choice]));
      chosen.set(key, all);
      const choose = foilChooser(file, tokenizer && tokenCounter(tokenizer), before);
      return (fact, probe) => {
        const choice = choose(fact, probe);
        const name = nameOf(choice.fact, choice.probe);
        isNew ||= all.get(name) !== choice;
        all.set(name, choice);
        return choice;
      };
    },
    async save() {
      if (!isNew) return;
      const entries = [...chosen].map(([key, choices]) => [key, [...choices.values()]] as const);
      await writeFoils(results, { ...stored, ...Object.fromEntries(entries) });
      isNew = false;
    },
  };
}

function nameOf(fact: string, probe: string): string {
  return JSON.stringify([fact, probe]);
}
