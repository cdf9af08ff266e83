// @ts-check
/**
 * Preloaded into a measured process: at its end, writes what it took to the file named in BENCH_USAGE. CommonJS, for
 * Node's loader of modules would take a fifth of a second of its own.
 */
'use strict';
const { writeFileSync } = require('node:fs');

const file = process.env['BENCH_USAGE'];
if (file !== undefined) {
  delete process.env['BENCH_USAGE'];
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeFileSync(
      file,
      JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 }),
    );
  });
}
