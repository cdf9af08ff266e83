import { mkdir, writeFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FailureError } from '../../src/core/failure';
import type { PanelData, PanelHostApi, PanelState } from '../../src/protocol/panel';
import { madeUpRun } from './data';
import { launch, openPanel, PICTURES, setTheme } from './page';
import { countColours } from './pixels';

const STATE: PanelState = { file: 'file:///facts.probes.yaml', run: 'small-s1', chart: 'trajectories' };
const DATA: PanelData = {
  title: 'facts.probes.yaml',
  runs: ['small-s1', 'small-s2'],
  facts: ['zorgon-government', '<b>markup</b>'],
  analyses: [madeUpRun('small-s1')],
  unscored: [],
};
const WIDE = { width: 900, height: 1000 };
const NARROW = { width: 340, height: 1000 };

let browser: Browser | string;
beforeAll(async () => {
  browser = await launch();
  await mkdir(PICTURES, { recursive: true });
});
afterAll(async () => {
  if (typeof browser !== 'string') await browser.close();
});

/** Opens the panel before a host that answers with these data, and records what is asked of it. */
async function open(
  data: (state: PanelState, intervals: boolean) => PanelData | Promise<PanelData>,
  { theme = 'dark', size = WIDE, state = STATE }: Partial<Options> = {},
) {
  if (typeof browser === 'string') throw new Error(browser);
  const asked: unknown[][] = [];
  const host: PanelHostApi = {
    initial: () => Promise.resolve(state),
    turned: (wanted) => Promise.resolve(void asked.push(['turned', wanted])),
    load: (wanted, intervals) => {
      asked.push(['load', wanted, intervals]);
      return Promise.resolve(data(wanted, intervals));
    },
    reveal: (target) => Promise.resolve(void asked.push(['reveal', target])),
    score: (wanted) => Promise.resolve(void asked.push(['score', wanted])),
    save: (...file) => Promise.resolve(void asked.push(['save', ...file])),
  };
  return { asked, ...(await openPanel(browser, host, theme, size)) };
}
interface Options {
  theme: Parameters<typeof openPanel>[2];
  size: typeof WIDE;
  state: PanelState;
}

describe.skipIf(!(await hasChromium()))('the panel in Chromium', () => {
  it('draws trajectories and their table in every theme, and redraws when the theme changes', async () => {
    const { page, problems } = await open(() => DATA);
    await page.waitForSelector('canvas');
    const colours: number[] = [];
    for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const) {
      await setTheme(page, theme);
      await page.waitForTimeout(100);
      await page.screenshot({ path: `${PICTURES}/trajectories-${theme}.png`, fullPage: true });
      colours.push(
        await countColours(page, '.chart canvas', ['charts-blue', 'charts-orange', 'charts-purple']),
      );
    }
    // Blue, orange and purple lines, each in its theme's own colour.
    expect(colours).toEqual([3, 3, 3, 3]);
    const rows = await page.locator('section > div > .scroll tbody tr').allInnerTexts();
    expect(rows[0]).toBe('paraphrase · memorization\t6\t12\t+0.50\t+0.02\t+0.48\t+0.20');
    expect(rows).toHaveLength(12);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('draws no faint line where a theme has a translucent orange, and yellow where it has none', async () => {
    const { page } = await open(() => DATA);
    await page.waitForSelector('canvas');
    // As VS Code 1.139 sets it; the panel reads no red, which stands here for the same colour without the alpha.
    await page.evaluate(() => {
      document.documentElement.style.setProperty('--vscode-charts-orange', 'rgba(234, 92, 0, 0.33)');
      document.documentElement.style.setProperty('--vscode-charts-red', '#ea5c00');
    });
    await expect.poll(() => countColours(page, '.chart canvas', ['charts-red'])).toBe(1);
    await page.evaluate(() => {
      document.documentElement.style.removeProperty('--vscode-charts-orange');
      document.documentElement.style.setProperty('--vscode-charts-yellow', '#ffd370');
    });
    await expect.poll(() => countColours(page, '.chart canvas', ['charts-yellow'])).toBe(1);
    await page.close();
  });

  it('draws retention with its fits, horizons in words', async () => {
    const { page, problems } = await open(() => DATA, { state: { ...STATE, chart: 'retention' } });
    await page.waitForSelector('canvas');
    for (const theme of ['dark', 'light', 'high-contrast'] as const) {
      await setTheme(page, theme);
      await page.waitForTimeout(100);
      await page.screenshot({ path: `${PICTURES}/retention-${theme}.png`, fullPage: true });
      expect(await countColours(page, '.chart canvas', ['charts-blue', 'charts-orange'])).toBe(2);
    }
    const rows = await page.locator('section > div > .scroll tbody tr').allInnerTexts();
    expect(rows[0]).toBe(
      'paraphrase · memorization\t0.310\n[0.26, 0.36]\t2,440*\n[1,220, ∞]\t4.7M\t0.98\t1.05\t10 of 12\t–',
    );
    expect(rows[2]).toBe('paraphrase · composition\t–\t–\t–\t–\t–\t10 of 12\t–');
    // The kernel's threshold, and beside it the horizon, which is another figure.
    expect(rows[6]).toBe(
      'paraphrase · memorization\t0.250\n[0.20, 0.30]\t10,000*\n[5,000, 30,000]\t19.2M\t2,440*\t0.99\t1.00\t10',
    );
    expect(await page.locator('.missing li').allInnerTexts()).toEqual([
      'No fit (paraphrase · composition, duplication · composition): R stays below zero throughout',
      'No interval (paraphrase · composition, duplication · composition): Fewer than 5 facts.',
    ]);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('draws the kernel through what it was fitted to, its threshold where the chart goes so far', async () => {
    const { page, asked, problems } = await open(() => DATA, { state: { ...STATE, chart: 'kernel' } });
    await page.waitForSelector('canvas');
    for (const theme of ['dark', 'light', 'high-contrast'] as const) {
      await setTheme(page, theme);
      await page.waitForTimeout(100);
      await page.screenshot({ path: `${PICTURES}/kernel-${theme}.png`, fullPage: true });
      expect(await countColours(page, '.chart canvas', ['charts-blue', 'charts-orange'])).toBe(2);
    }
    expect(await page.locator('.legend li').allInnerTexts()).toEqual([
      'paraphrase · memorization (12)',
      'duplication · memorization (12)',
    ]);
    const rows = await page.locator('section > div > .scroll tbody tr').allInnerTexts();
    expect(rows.map((row) => row.split('\t')[2])).toEqual([
      '10,000*\n[5,000, 30,000]',
      '500\n[5,000, 30,000]',
    ]);
    await page.getByText('Numbers of the chart').click();
    const points = page.locator('details table').first();
    // The table is made when it is opened.
    await points.waitFor();
    expect(await points.locator('thead th').allInnerTexts()).toEqual(['step', 'measured', 'model']);
    // From an encounter to its peak the model says nothing.
    expect(await points.locator('tbody tr').first().innerText()).toBe('0\t0.000\t–');
    await page.getByRole('button', { name: 'Export CSV' }).click();
    await expect.poll(() => asked.at(-1)?.slice(0, 2)).toEqual(['save', 'kernel.csv']);
    const [head, first] = (asked.at(-1)![2] as string).split('\n');
    expect(head).toMatch(/^run,group,seed,condition,kind,step,measured,model,net,probes,kernel_a,/);
    expect(first).toBe(
      'small-s1,small,1,paraphrase,memorization,0,0,,false,10,0.25,1,0.991,10000,true,0.2,0.3,5000,30000',
    );
    expect(problems).toEqual([]);
    await page.close();
  });

  it('says why there is no kernel', async () => {
    const run = madeUpRun('small-s1');
    const why = 'Too few points: 2 checkpoints follow a peak, a kernel needs 3.';
    const groups = run.groups.map(({ kernel, ...group }) => ({
      ...group,
      kernel: kernel && { ...kernel, fit: null, curve: null, why },
    }));
    const { page } = await open(() => ({ ...DATA, analyses: [{ ...run, groups }] }), {
      state: { ...STATE, chart: 'kernel' },
    });
    await page.waitForSelector('.notice');
    expect(await page.locator('.notice').innerText()).toContain('No kernel to show');
    expect(await page.locator('.missing li').allInnerTexts()).toEqual([
      `No kernel (paraphrase · memorization, duplication · memorization): ${why}`,
    ]);
    await page.close();
  });

  it.each(['trajectories', 'retention', 'kernel'] as const)(
    'has tables of %s that need no scrolling sideways in half a window, in every theme',
    async (chart) => {
      const size = { width: 600, height: 1000 };
      const { page } = await open(() => DATA, { size, state: { ...STATE, chart } });
      await page.waitForSelector('canvas');
      for (const theme of ['dark', 'light', 'high-contrast'] as const) {
        await setTheme(page, theme);
        await page.waitForTimeout(100);
        await page.screenshot({ path: `${PICTURES}/half-${chart}-${theme}.png`, fullPage: true });
        const overflow = await page
          .locator('section > div > .scroll')
          .evaluateAll((tables) => tables.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth));
        expect(overflow).toEqual(chart === 'retention' ? [0, 0, 0] : [0]);
      }
      await page.close();
    },
  );

  it('names the fence, and how much it leaves out', async () => {
    const analyses = [madeUpRun('small-s1', { fence: 1.5 })];
    const { page } = await open(() => ({ ...DATA, analyses }));
    await page.waitForSelector('canvas');
    expect(await page.locator('h3').first().innerText()).toContain(
      'Left out: further than 1.5 interquartile ranges outside the quartiles',
    );
    const table = page.locator('section > div > .scroll').first();
    expect(await table.locator('thead th').last().innerText()).toBe('left out');
    expect(await table.locator('tbody tr').first().locator('td').last().innerText()).toBe('0');
    await page.close();
  });

  it('stays readable where it is narrow, and shows several runs, notes and progress', async () => {
    const notes = ['No control facts: effectivity is not calibrated.', '12 scores are missing at step 300.'];
    const { page } = await open(
      () => ({
        ...DATA,
        analyses: [
          madeUpRun('small-s1', { notes, coverage: { probes: 144, complete: 120, stale: 7 } }),
          madeUpRun('small-s2', { seed: 2 }),
        ],
        scoring: { done: 12, total: 43 },
      }),
      { size: NARROW, state: { file: STATE.file, chart: 'trajectories' } },
    );
    await page.waitForSelector('[data-run="small-s2"] canvas');
    await page.screenshot({ path: `${PICTURES}/narrow.png`, fullPage: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(NARROW.width);
    expect(await page.locator('.notes li').allInnerTexts()).toEqual(notes);
    expect(await page.locator('.scoring').innerText()).toContain('12 of 43');
    await page.setViewportSize({ width: 1300, height: 900 });
    await page.waitForTimeout(200);
    await page.screenshot({ path: `${PICTURES}/two-runs.png`, fullPage: true });
    await page.close();
  });

  it('shows one kind of probe, in chart, table and export alike', async () => {
    const { page, asked, saved } = await open(() => DATA);
    await page.getByLabel('Kind').selectOption('semantic');
    expect(saved.at(-1)).toEqual({ ...STATE, kind: 'semantic' });
    expect(await page.locator('.legend li').allInnerTexts()).toEqual([
      'paraphrase · semantic (12)',
      'duplication · semantic (12)',
      'once · semantic (12)',
      'control · semantic (12)',
    ]);
    expect(await page.locator('section > div > .scroll tbody tr').count()).toBe(4);
    await page.getByRole('button', { name: 'Export CSV' }).click();
    await expect.poll(() => asked.at(-1)?.[0]).toBe('save');
    expect(new Set((asked.at(-1)![2] as string).match(/memorization|semantic|composition/g))).toEqual(
      new Set(['semantic']),
    );
    await page.close();
  });

  it('says when nothing is scored, and scores at a press of the button', async () => {
    const { page, asked } = await open(() => ({ ...DATA, analyses: [] }));
    await page.waitForSelector('.notice.empty');
    await page.screenshot({ path: `${PICTURES}/empty.png` });
    await page.getByRole('button', { name: 'Score' }).press('Enter');
    await expect.poll(() => asked.at(-1)).toEqual(['score', STATE]);
    await page.close();
  });

  it('says how many checkpoints on disk have no score at all, as one that cannot be used', async () => {
    const heading = async (unscored: PanelData['unscored']) => {
      const { page } = await open(() => ({ ...DATA, unscored }));
      const words = await page.locator('section header .muted').innerText();
      await page.close();
      return words;
    };
    expect(await heading([])).toContain(' · 41 checkpoints · ');
    expect(await heading([{ run: 'other', checkpoints: 3 }])).toContain(' · 41 checkpoints · ');
    expect(await heading([{ run: 'small-s1', checkpoints: 1 }])).toContain(
      ' · 41 of 42 checkpoints scored · ',
    );
  });

  it('shows a failure with its file and remedy, and tries again', async () => {
    let broken = true;
    const { page } = await open(() => {
      if (!broken) return DATA;
      throw new FailureError({
        code: 'results-unreadable',
        message: 'A results file is damaged.',
        file: '/data/<i>x</i>.parquet',
        remedy: 'Delete it and score again.',
      });
    });
    const alert = page.getByRole('alert');
    await alert.waitFor();
    await page.screenshot({ path: `${PICTURES}/error.png` });
    expect(await alert.innerText()).toContain('/data/<i>x</i>.parquet');
    broken = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForSelector('canvas');
    await page.close();
  });

  it('asks again when its choices or the results change, and keeps ids only', async () => {
    const { page, panel, asked, saved } = await open(() => DATA);
    await page.waitForSelector('canvas');
    await page.getByLabel('Fact').selectOption('<b>markup</b>');
    const state = { ...STATE, fact: '<b>markup</b>' };
    await expect.poll(() => asked.at(-1)).toEqual(['load', state, true]);
    expect(saved.at(-1)).toEqual(state);
    expect(await page.locator('h2').innerText()).toBe('<b>markup</b> in small-s1');
    await page.locator('h2 button').click();
    await expect.poll(() => asked.at(-1)).toEqual(['reveal', { fact: '<b>markup</b>' }]);
    const loads = () => asked.filter(([name]) => name === 'load').length;
    const before = loads();
    void panel.changed.asEvent();
    await expect.poll(loads).toBe(before + 1);
    await panel.show({ ...STATE, chart: 'retention' });
    await page.getByText('Fit R = b').waitFor();
    await page.close();
  });

  it('draws the figures before their intervals are there, and asks for nothing where the data are the same', async () => {
    let answer: (data: PanelData) => void = () => undefined;
    const { page, asked } = await open((_, intervals) =>
      intervals ? new Promise<PanelData>((resolve) => (answer = resolve)) : DATA,
    );
    await page.waitForSelector('.chart canvas');
    expect(await page.locator('section .muted').innerText()).toContain('intervals are on their way');
    await page.getByRole('button', { name: 'Retention' }).click();
    await page.getByText('Fit R = b').waitFor();
    await page.getByLabel('Kind').selectOption('semantic');
    await expect.poll(() => asked.at(-1)?.[0]).toBe('turned');
    answer(DATA);
    await expect.poll(() => page.locator('section .muted').innerText()).not.toContain('on their way');
    expect(await page.locator('.legend li').count()).toBe(2);
    const turned = { ...STATE, chart: 'retention' };
    expect(asked).toEqual([
      ['load', STATE, false],
      ['load', STATE, true],
      ['turned', turned],
      ['turned', { ...turned, kind: 'semantic' }],
    ]);
    await page.close();
  });

  it('hides a line from the legend by keyboard, keeps the focus there, and leaves it out of the picture', async () => {
    const { page, asked } = await open(() => DATA);
    const button = page.getByRole('button', { name: /^duplication · memorization/ });
    await button.focus();
    await page.keyboard.press('Space');
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
    for (const kind of ['semantic', 'composition'])
      await page.getByRole('button', { name: `duplication · ${kind}` }).click();
    expect(await countColours(page, '.chart canvas', ['charts-blue', 'charts-orange'])).toBe(1);
    await page.getByRole('button', { name: 'Save picture' }).click();
    await expect.poll(() => asked.at(-1)?.[0]).toBe('save');
    const [, name, url] = asked.at(-1) as string[];
    expect(name).toBe('small-s1-trajectories.png');
    const png = Buffer.from(url!.slice(url!.indexOf(',') + 1), 'base64');
    await writeFile(`${PICTURES}/saved.png`, png);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    await page.close();
  });

  it('exports the numbers of all runs at full precision', async () => {
    const { page, asked } = await open(() => DATA);
    await page.getByRole('button', { name: 'Export CSV' }).click();
    await expect.poll(() => asked.at(-1)?.[0]).toBe('save');
    const lines = (asked.at(-1)![2] as string).trim().split('\n');
    expect(lines[0]).toBe('run,group,seed,condition,kind,step,mean_delta,n');
    const [run] = DATA.analyses;
    expect(lines).toHaveLength(1 + 12 * run!.steps.length);
    const delta = run!.groups[0]!.trajectory.meanDelta[5];
    expect(lines[6]).toBe(`small-s1,small,1,paraphrase,memorization,60,${delta},12`);
    await page.close();
  });

  it('reveals the run at a click on a point', async () => {
    const { page, asked } = await open(() => DATA);
    await page.locator('.chart canvas').click();
    await expect.poll(() => asked.at(-1)).toEqual(['reveal', { run: 'small-s1' }]);
    await page.close();
  });
});

async function hasChromium(): Promise<boolean> {
  const found = await launch();
  if (typeof found === 'string') {
    console.warn(`The panel's tests are skipped: ${found}`);
    return false;
  }
  await found.close();
  return true;
}
