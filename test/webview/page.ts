import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { findChromium, launchOptions } from '../../scripts/vscode/chromium.mjs';
import type { PanelApi, PanelHostApi } from '../../src/protocol/panel';
import { connect } from '../../src/protocol/rpc';
import { THEMES } from './themes';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const PICTURES = `${ROOT}/.vscode-test/output/webview`;

/** Chromium, or the reason why there is none. */
export async function launch(): Promise<Browser | string> {
  try {
    findChromium();
  } catch (error) {
    return String(error);
  }
  return chromium.launch(launchOptions());
}

/** The panel's own script and style, with the host's end of the line held by the test. */
export async function openPanel(
  browser: Browser,
  host: PanelHostApi,
  theme: keyof typeof THEMES,
  size: { readonly width: number; readonly height: number },
) {
  const page = await browser.newPage({ viewport: size });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });

  let receive: (message: unknown) => void = () => undefined;
  const saved: unknown[] = [];
  await page.exposeFunction('post', (message: unknown) => {
    receive(message);
  });
  await page.exposeFunction('keep', (state: unknown) => saved.push(state));
  const panel = connect<PanelApi, PanelHostApi>(
    {
      post: (message) => {
        // The page may be closed while an answer is on its way.
        page
          .evaluate((data) => {
            window.postMessage(data, '*');
          }, message)
          .catch(() => undefined);
      },
      listen: (listener) => {
        receive = listener;
      },
    },
    host,
  );

  const { bodyClass, variables } = THEMES[theme];
  const script = await bundle();
  const css = await readFile(`${ROOT}/media/panel/panel.css`, 'utf8');
  await page.route('https://panel.test/**', (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/panel.js') return route.fulfill({ contentType: 'text/javascript', body: script });
    if (pathname === '/panel.css') return route.fulfill({ contentType: 'text/css', body: css });
    return route.fulfill({
      contentType: 'text/html',
      // The same policy as in the editor, but for the variables, which VS Code sets on the root element itself.
      body: `<!DOCTYPE html><html lang="en"><head><meta charset="UTF-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-n'; style-src https://panel.test">
        <link rel="stylesheet" href="panel.css"></head><body class="${bodyClass}"><main id="panel"></main>
        <script nonce="n">
          for (const [name, value] of ${JSON.stringify(Object.entries(variables))})
            document.documentElement.style.setProperty('--vscode-' + name, value);
          globalThis.acquireVsCodeApi = () => ({ postMessage: (message) => void post(message), setState: (state) => void keep(state) });
        </script><script nonce="n" src="panel.js"></script></body></html>`,
    });
  });
  await page.goto('https://panel.test/');
  return { page, panel, problems, saved };
}

/** Turns the page to another theme, as VS Code does: new variables, then new classes. */
export async function setTheme(page: Page, theme: keyof typeof THEMES): Promise<void> {
  const { bodyClass, variables } = THEMES[theme];
  await page.evaluate(
    ([name, entries]) => {
      document.documentElement.style.cssText = '';
      for (const [key, value] of entries)
        document.documentElement.style.setProperty(`--vscode-${key}`, value);
      document.body.className = name;
    },
    [bodyClass, Object.entries(variables)] as const,
  );
}

async function bundle(): Promise<string> {
  const result = await build({
    entryPoints: [`${ROOT}/src/webview/main.ts`],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'chrome120',
  });
  return result.outputFiles[0]!.text;
}
