import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { bundle, type Bundle } from '../bundle';

export interface Programs {
  readonly folder: string;
  /** Of the scorer's program. */
  readonly scorerPath: string;
}

/** Bundles the scorer, and other programs, for the tests of a file. @param others name → source file */
export function usePrograms(others: Readonly<Record<string, string>> = {}): Programs {
  let programs: Bundle;
  beforeAll(async () => {
    programs = await bundle({ scorer: 'src/scoring/checkpoint/process.ts', ...others });
  });
  afterAll(() => programs.remove());
  return {
    get folder() {
      return programs.folder;
    },
    get scorerPath() {
      return join(programs.folder, 'scorer.js');
    },
  };
}
