import { foilChooser, type ChosenFoils, type FoilChooser } from '../../core/probes/foils';
import { describeFailure, toFailure, type Failure } from '../../core/failure';
import type { ProbeFile } from '../../core/probes/model';
import { addFoils, earlierFoils, type EarlierFoils } from '../../disk/results/foils';
import { tokenCounter } from '../tokenizer/count';
import { loadTokenizer } from '../tokenizer/load';

/** Stands for the tokenizer where none can be used and words are counted. */
const WORDS = 'words';

export interface Foils {
  /**
   * Foils have as many tokens as the target; without a usable tokenizer words are counted, and scoring says why.
   * @throws FailureError `foils-newer`, `foils-unreadable`: what was chosen before
   */
  chooserFor(tokenizerFolder: string): Promise<FoilChooser>;
  /**
   * Stores what was chosen, where that is new.
   * @returns `foils-damaged`: what was chosen before, and what became of it
   */
  save(): Promise<readonly Failure[]>;
}

/**
 * Chooses foils for a file as scoring with this tokenizer does, but stores nothing.
 * @throws FailureError `tokenizer-missing`, `tokenizer-unreadable`, `foils-newer`, `foils-unreadable`
 */
export async function foilsAsScored(
  file: ProbeFile,
  results: string,
  tokenizerFolder: string,
): Promise<FoilChooser> {
  await loadTokenizer(tokenizerFolder);
  return openFoils(file, results).chooserFor(tokenizerFolder);
}

/** Foils chosen for a file, those of former jobs first, so that an edit of one probe leaves all others as they are. */
export function openFoils(file: ProbeFile, results: string): Foils {
  const opened = new Map<string, Opened>();
  return {
    async chooserFor(tokenizerFolder) {
      const tokenizer = await loadTokenizer(tokenizerFolder).catch(() => undefined);
      const key = tokenizer?.sha256 ?? WORDS;
      const { before, fresh } = opened.get(key) ?? {
        before: await earlierFoils(results, key),
        fresh: new Set<ChosenFoils>(),
      };
      opened.set(key, { before, fresh });
      const known = new Set(before.chosen);
      const choose = foilChooser(file, tokenizer && tokenCounter(tokenizer), before.chosen);
      return (fact, probe) => {
        const choice = choose(fact, probe);
        if (!known.has(choice)) fresh.add(choice);
        return choice;
      };
    },
    async save() {
      const told: Failure[] = [];
      for (const [key, { before, fresh }] of opened) {
        if (fresh.size === 0 && before.problems.length === 0) continue;
        try {
          told.push(...(await addFoils(results, key, [...fresh])));
        } catch (error) {
          // A folder that cannot be written to is told by the scorer, checkpoint by checkpoint.
          const why = describeFailure(toFailure(error));
          for (const problem of before.problems)
            told.push({ ...problem, remedy: `It could not be replaced: ${why}` });
        }
      }
      return told;
    },
  };
}

interface Opened {
  readonly before: EarlierFoils;
  /** Chosen now. */
  readonly fresh: Set<ChosenFoils>;
}
