import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';

/** Rewritten after every change of a results folder. The underscore keeps it out of pandas' reading of the folder. */
export const INDEX_FILE = '_index.json';

/**
 * The results folder of a probe file (DESIGN section 5).
 * @param probeFile absolute path of `<name>.probes.yaml`
 * @param parent folder to put it in instead of beside the probe file: a setting, or `--results`
 */
export function resultsFolder(probeFile: string, parent?: string): string {
  const name = basename(probeFile)
    .replace(/\.ya?ml$/i, '')
    .replace(/\.probes$/i, '');
  return join(parent ?? dirname(probeFile), `${name}.scores`);
}

/** Longest folder name made of a run's id; file systems allow 255 bytes. */
const LONGEST = 120;
/** Names that Windows keeps for devices, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A run's id as the name of its folder: letters, digits, `-`, `_` and `.` stay, all else is percent-encoded, so that
 * no id leads out of the results folder or reads as a partition (`a=b`) to other programs.
 */
export function runFolderName(run: string): string {
  const bytes = Buffer.from(run, 'utf8');
  let name = '';
  for (const [i, byte] of bytes.entries()) {
    const character = String.fromCharCode(byte);
    // A dot or underscore in front hides the folder, a dot at the end is lost on Windows.
    const plain = /[A-Za-z0-9_.-]/.test(character);
    const atEdge = (i === 0 && /[._]/.test(character)) || (i === bytes.length - 1 && character === '.');
    name += plain && !atEdge ? character : percent(byte);
  }
  if (DEVICE.test(name)) name = percent(name.charCodeAt(0)) + name.slice(1);
  if (name.length <= LONGEST && name !== '') return name;
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return `${name.slice(0, LONGEST)}%-${digest}`;
}

export function stepFolderName(step: number): string {
  return `step-${step}`;
}

/** The step of a folder made by {@link stepFolderName}. */
export function stepOf(folderName: string): number | undefined {
  const digits = /^step-(0|[1-9]\d*)$/.exec(folderName)?.[1];
  const step = Number(digits);
  return Number.isSafeInteger(step) ? step : undefined;
}

function percent(byte: number): string {
  return '%' + byte.toString(16).toUpperCase().padStart(2, '0');
}
