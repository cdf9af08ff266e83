/**
 * Sees and handles the window that the tests run in, from inside its extension host. It exists where VS Code runs
 * in Chromium (scripts/vscode/driver.mjs is the other end); desktop VS Code has none, so tests that need it skip.
 */
export interface PageDriver {
  /** A picture of the window, or of one element. Relative paths lie in .vscode-test/output. Returns the file. */
  screenshot(path: string, selector?: string): Promise<string>;
  click(target: Target, options?: { button?: 'left' | 'right' | 'middle' }): Promise<void>;
  hover(target: Target): Promise<void>;
  waitFor(target: Target, timeout?: number): Promise<void>;
  /** As in `Control+Shift+P`. */
  press(keys: string): Promise<void>;
  type(text: string): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  /** JavaScript in the workbench; its value, or its promise's, must be plain data. */
  evaluate(expression: string): Promise<unknown>;
  /**
   * The webview that can be seen. With several, `has` chooses: a selector that finds something in it.
   * Each call waits for the webview to be there.
   */
  webview(has?: string): WebviewDriver;
}

export interface WebviewDriver {
  evaluate(expression: string): Promise<unknown>;
  click(target: Target): Promise<void>;
  hover(target: Target): Promise<void>;
  waitFor(target: Target, timeout?: number): Promise<void>;
  screenshot(path: string, selector?: string): Promise<string>;
}

/** A selector (CSS, or another of Playwright's), or a text that can be read on the page. */
export type Target = { selector: string } | { text: string };

type Reply = { ok: true; value?: unknown } | { ok: false; error: string };

/** The driver of this window; undefined in desktop VS Code. */
export function pageDriver(): PageDriver | undefined {
  const { KP_PAGE_DRIVER: address, KP_PAGE_DRIVER_TOKEN: token } = process.env;
  if (address === undefined || token === undefined) return undefined;

  const ask = async (action: string, request: object = {}): Promise<unknown> => {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'x-page-driver-token': token, 'content-type': 'application/json' },
      body: JSON.stringify({ action, ...request }),
    });
    const reply = (await response.json()) as Reply;
    if (!reply.ok) throw new Error(`${action} ${JSON.stringify(request)}: ${reply.error}`);
    return reply.value;
  };
  const tell = async (action: string, request: object = {}): Promise<void> => {
    await ask(action, request);
  };

  return {
    screenshot: async (path, selector) => (await ask('screenshot', { path, selector })) as string,
    click: (target, options) => tell('click', { ...target, ...options }),
    hover: (target) => tell('hover', target),
    waitFor: (target, timeout) => tell('waitFor', { ...target, timeout }),
    press: (keys) => tell('press', { keys }),
    type: (text) => tell('type', { text }),
    resize: (width, height) => tell('resize', { width, height }),
    evaluate: (expression) => ask('evaluate', { expression }),
    webview: (has) => ({
      evaluate: (expression) => ask('frameEvaluate', { expression, has }),
      click: (target) => tell('frameClick', { ...target, has }),
      hover: (target) => tell('frameHover', { ...target, has }),
      waitFor: (target, timeout) => tell('frameWaitFor', { ...target, timeout, has }),
      screenshot: async (path, selector) => (await ask('frameScreenshot', { path, selector, has })) as string,
    }),
  };
}
