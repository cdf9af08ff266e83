import { writeFile } from 'node:fs/promises';
import Mocha from 'mocha';

/**
 * Entry of the tests inside VS Code: prints a line for each test, writes {passed, failed, skipped} to the file named
 * in KP_RESULTS, and rejects where a test failed.
 */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', reporter: 'spec', color: false, timeout: 120_000, slow: 5000 });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  // The first one looks at the host before the others have used it.
  await import('./host.test');
  await import('./language.test');
  await import('./large.test');
  await import('./scoring.test');
  await import('./panel.test');

  const count = await new Promise<{ passed: number; failed: number; skipped: number }>((resolve) => {
    const runner = mocha.run(() => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      resolve({ passed: passes, failed: failures, skipped: pending });
    });
  });
  const { KP_RESULTS: report } = process.env;
  if (report !== undefined) await writeFile(report, JSON.stringify(count));
  if (count.failed > 0) throw new Error(`${count.failed} tests failed`);
}
