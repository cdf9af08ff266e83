// @ts-check
/** A Chromium that is already on the machine, or Debian's: none is downloaded from anywhere else. */
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];

const places = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ...['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((variable) => {
    const folder = process.env[variable];
    if (!folder) return [];
    return [
      path.join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
      path.join(folder, 'Chromium', 'Application', 'chrome.exe'),
      path.join(folder, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
    ];
  }),
];

const remedy =
  'Install Chromium or Chrome (Debian and Ubuntu: `apt-get install chromium`), or name one in the environment ' +
  'variable CHROMIUM_PATH.';

/**
 * @param {{ install?: boolean; log?: (line: string) => void }} [options] `install`: with Debian's package
 *   manager when there is none and this process may
 * @returns {string} the executable
 */
export function findChromium({ install = false, log = () => {} } = {}) {
  const named = process.env['CHROMIUM_PATH'];
  if (named) {
    if (isProgram(named)) return named;
    throw new Error(`CHROMIUM_PATH names ${named}, which is not a program. ${remedy}`);
  }
  const found = search();
  if (found) return found;
  if (!install || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`No Chromium was found on this machine. ${remedy}`);
  }
  log('Installing Chromium with apt-get ...');
  installWithApt();
  const installed = search();
  if (!installed) throw new Error(`apt-get installed no Chromium that can be used. ${remedy}`);
  return installed;
}

/**
 * For playwright-core's `chromium.launch`.
 * @param {{ executablePath?: string }} [options]
 */
export function launchOptions({ executablePath = findChromium() } = {}) {
  return {
    executablePath,
    // The script that launches stops it: a signal must not take the page away before its picture is made.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [
      // Chromium's sandbox does not work for root; it only ever opens this machine's own pages here.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Containers often have 64 MB there, which a workbench fills.
      '--disable-dev-shm-usage',
    ],
  };
}

function search() {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  const onPath =
    process.platform === 'win32'
      ? []
      : folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
  return [...onPath, ...places].find(isProgram);
}

/** @param {string} file */
function isProgram(file) {
  try {
    if (!statSync(file).isFile()) return false;
    accessSync(file, constants.X_OK);
  } catch {
    return false;
  }
  // Ubuntu's chromium-browser may be a script that only says to install a snap.
  return !file.endsWith('chromium-browser') || spawnSync(file, ['--version']).status === 0;
}

function installWithApt() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update'], { env, stdio: 'pipe' });
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env, stdio: 'pipe' });
  } catch (error) {
    const said = String(/** @type {{ stderr?: unknown }} */ (error).stderr ?? error).trim();
    throw new Error(`apt-get could not install Chromium:\n${said.slice(-2000)}\n${remedy}`, { cause: error });
  }
}
