import * as path from 'node:path';
import { FailureError } from '../core/failure';

/** What the setting's shorthands stand for. */
export interface Places {
  readonly home: string;
  /** Of the probe file; undefined where it is in none. */
  readonly workspaceFolder: string | undefined;
}

/**
 * The folder that `results.folder` names, with `~` and `${workspaceFolder}` replaced as users of VS Code expect. Other
 * variables are refused: VS Code does not replace them either, and a folder of that name would appear.
 * @param probeFolder absolute path of the probe file's folder, where relative paths start
 * @throws FailureError `setting-variable`
 */
export function resultsParent(setting: string, probeFolder: string, places: Places): string {
  const expanded = setting
    .trim()
    .replace(/^~(?=$|[/\\])/, () => places.home)
    .replaceAll(/\$\{([^}]*)\}/g, (variable, name: string) => {
      if (name !== 'workspaceFolder') throw refused(`does not know “${variable}”`);
      if (places.workspaceFolder === undefined)
        throw refused(`names “${variable}”, and the probe file is in no folder of the workspace`);
      return places.workspaceFolder;
    });
  return path.resolve(probeFolder, expanded);
}

function refused(what: string): FailureError {
  return new FailureError({
    code: 'setting-variable',
    message: `The setting knowledgeProbes.results.folder ${what}.`,
    remedy: 'Write a path; “~” at its start and “${workspaceFolder}” are replaced.',
  });
}
