import { writeFile } from 'node:fs/promises';
import Mocha from 'mocha';
import { pageDriver } from './pageDriver';
import { reloadWindow, takeReloadNote, type Count } from './reload';

/**
 * Entry of the tests inside VS Code: prints a line for each test, writes {passed, failed, skipped} to the file named
 * in KP_RESULTS, and rejects where a test failed. Where VS Code runs in a page, it is called a second time, after the
 * window has been reloaded, for what must have survived that.
 */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', reporter: 'spec', color: false, timeout: 300_000, slow: 5000 });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  const note = await takeReloadNote();
  if (note !== undefined) {
    await import('./reload.test');
  } else {
    // The first one looks at the host before the others have used it.
    await import('./host.test');
    await import('./language.test');
    await import('./large.test');
    await import('./scoring.test');
    await import('./panel.test');
  }

  const count = await runAll(mocha, note?.count ?? { passed: 0, failed: 0, skipped: 0 });
  if (note === undefined && pageDriver() !== undefined) await reloadWindow(count);
  const { KP_RESULTS: report } = process.env;
  if (report !== undefined) await writeFile(report, JSON.stringify(count));
  if (count.failed > 0) throw new Error(`${count.failed} tests failed`);
}

async function runAll(mocha: Mocha, before: Count): Promise<Count> {
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      resolve({
        passed: before.passed + passes,
        failed: before.failed + failures,
        skipped: before.skipped + pending,
      });
    });
  });
}
