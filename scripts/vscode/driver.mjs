// @ts-check
/**
 * The page driver: tests run inside the extension host, where they can call VS Code's API but see nothing. This
 * server on the loopback address lets them click, type, look into a webview and take pictures of the page.
 * The other end is test/vscode/pageDriver.ts.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').Frame} Frame
 */

/**
 * What a request may hold beside `action`.
 * @typedef {object} Request
 * @property {string} action
 * @property {string} [path] of a picture; relative to the output folder
 * @property {string} [selector] CSS, or any other of Playwright's
 * @property {string} [text]
 * @property {string} [keys] as in `Control+Shift+P`
 * @property {number} [width]
 * @property {number} [height]
 * @property {string} [expression] JavaScript; its value must be plain data
 * @property {string} [has] which webview: the one in which this selector finds something
 * @property {'left' | 'right' | 'middle'} [button]
 * @property {number} [timeout] milliseconds
 */

/**
 * @param {() => Page | undefined} currentPage
 * @param {string} outputFolder
 */
export async function startPageDriver(currentPage, outputFolder) {
  const token = randomBytes(24).toString('hex');
  const server = createServer((incoming, outgoing) => {
    /** @param {number} status @param {object} body */
    const reply = (status, body) => {
      outgoing.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      outgoing.end(JSON.stringify(body));
    };
    // Pages of other sites can reach this address too, but they do not know the token.
    if (!sameText(incoming.headers['x-page-driver-token'], token))
      return reply(403, { ok: false, error: 'wrong token' });
    if (incoming.method !== 'POST') return reply(405, { ok: false, error: 'POST it' });
    readBody(incoming)
      .then(async (body) => {
        const page = currentPage();
        if (!page) throw new Error('The page is not open yet.');
        return perform(page, JSON.parse(body), outputFolder);
      })
      .then(
        (value) => reply(200, { ok: true, value }),
        (/** @type {Error} */ error) => reply(200, { ok: false, error: error.message }),
      );
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    /** For the extension host's environment. */
    env: { KP_PAGE_DRIVER: `http://127.0.0.1:${port}/`, KP_PAGE_DRIVER_TOKEN: token },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * @param {Page} page
 * @param {Request} request
 * @param {string} outputFolder
 * @returns {Promise<unknown>}
 */
async function perform(page, request, outputFolder) {
  const { timeout = 10_000 } = request;
  /** @param {Page | Frame} where */
  const target = (where) =>
    request.selector === undefined
      ? where.getByText(needed(request, 'text')).first()
      : where.locator(request.selector).first();
  const webview = () => webviewFrame(page, request.has, timeout);
  const picture = async () => {
    const file = path.resolve(outputFolder, needed(request, 'path'));
    await mkdir(path.dirname(file), { recursive: true });
    return file;
  };
  const clickOptions = { timeout, ...(request.button ? { button: request.button } : {}) };

  switch (request.action) {
    case 'screenshot': {
      const file = await picture();
      if (request.selector === undefined) await page.screenshot({ path: file, timeout });
      else await target(page).screenshot({ path: file, timeout });
      return file;
    }
    case 'click':
      return void (await target(page).click(clickOptions));
    case 'hover':
      return void (await target(page).hover({ timeout }));
    case 'waitFor':
      return void (await target(page).waitFor({ timeout }));
    case 'press':
      return void (await page.keyboard.press(needed(request, 'keys')));
    case 'type':
      return void (await page.keyboard.type(needed(request, 'text')));
    case 'resize':
      return void (await page.setViewportSize({
        width: needed(request, 'width'),
        height: needed(request, 'height'),
      }));
    case 'evaluate':
      return await page.evaluate(needed(request, 'expression'));
    case 'frameEvaluate':
      return await (await webview()).evaluate(needed(request, 'expression'));
    case 'frameClick':
      return void (await target(await webview()).click(clickOptions));
    case 'frameHover':
      return void (await target(await webview()).hover({ timeout }));
    case 'frameWaitFor':
      return void (await target(await webview()).waitFor({ timeout }));
    case 'frameScreenshot': {
      const file = await picture();
      await (
        await webview()
      )
        .locator(request.selector ?? 'body')
        .first()
        .screenshot({ path: file, timeout });
      return file;
    }
    default:
      throw new Error(`The page driver knows no action "${request.action}".`);
  }
}

/**
 * The document an extension wrote, in the webview that can be seen. VS Code nests it: the workbench holds a frame
 * with VS Code's own script, and that one holds `active-frame`, or `pending-frame` while the next one loads.
 * @param {Page} page
 * @param {string | undefined} has
 * @param {number} timeout
 */
async function webviewFrame(page, has, timeout) {
  const giveUp = Date.now() + timeout;
  for (;;) {
    for (const frame of page.frames()) if (await isShownWebview(frame, has)) return frame;
    if (Date.now() > giveUp) {
      throw new Error(`No visible webview${has === undefined ? '' : ` with ${has}`} within ${timeout} ms.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @param {Frame} frame @param {string | undefined} has */
async function isShownWebview(frame, has) {
  const outer = frame.parentFrame();
  if (!outer?.parentFrame()) return false;
  try {
    const element = await frame.frameElement();
    if ((await element.getAttribute('id')) !== 'active-frame') return false;
    // A webview behind another tab stays in the page: its outer frame is what is hidden.
    if (!(await element.isVisible()) || !(await (await outer.frameElement()).isVisible())) return false;
    return has === undefined || (await frame.locator(has).count()) > 0;
  } catch {
    // The frame went away meanwhile.
    return false;
  }
}

/**
 * @template {keyof Request} Key
 * @param {Request} request
 * @param {Key} key
 * @returns {NonNullable<Request[Key]>}
 */
function needed(request, key) {
  const value = request[key];
  if (value === undefined || value === null) throw new Error(`"${request.action}" needs "${key}".`);
  return value;
}

/** @param {import('node:http').IncomingMessage} incoming */
async function readBody(incoming) {
  let body = '';
  for await (const chunk of incoming.setEncoding('utf8')) {
    body += chunk;
    if (body.length > 1_000_000) throw new Error('The request is too long.');
  }
  return body;
}

/** @param {string | string[] | undefined} given @param {string} expected */
function sameText(given, expected) {
  const [left, right] = [Buffer.from(String(given)), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
