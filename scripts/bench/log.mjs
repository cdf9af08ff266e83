// @ts-check
/** Writes a made-up training log in the published format and size: `node scripts/bench/log.mjs FILE ENTRIES`. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const EXAMPLES = 130;
const PROBES = 5;
const KINDS = ['mem', 'gen', 'gen_hard'];
const PARTS = ['first', 'target', 'full'];
const SPACING = 100;
const STEP_OF_FIRST = 40_000;

/**
 * Ten injections 100 entries apart for examples 0–79, one for 80–119, none for the rest; each rise is forgotten in
 * the logarithm of time. Values are losses in nats, float32 printed as doubles, as Python's json.dump(indent=4) does.
 * @param {string} file
 * @param {number} entries
 */
export async function writeLog(file, entries) {
  const generator = xoroshiro128plus(7);
  const random = () => uniformFloat64(generator);
  const noise = () => (random() + random() + random() - 1.5) * 0.04;
  const series = KINDS.flatMap((_, kind) =>
    Array.from({ length: EXAMPLES * PROBES }, (_, i) => ({
      base: 3 + 2 * random(),
      rise: (0.6 - 0.15 * kind) * (0.3 + random()),
      injections: i < 80 * PROBES ? 10 : i < 120 * PROBES ? 1 : 0,
    })),
  );
  const kept = Float64Array.from({ length: entries }, (_, lag) =>
    Math.max(0, 1 - 0.25 * Math.log10(Math.max(1, lag - 10))),
  );
  const out = createWriteStream(file, { highWaterMark: 1 << 22 });
  for (let entry = 0; entry < entries; entry++) {
    /** @type {number[]} */
    const sums = [];
    for (let injections = 0, sum = 0; injections <= 10; injections++) {
      sums.push(sum);
      const lag = entry - injections * SPACING;
      if (injections < 10 && lag > 0) sum += Math.min(1, lag / 10) * (kept[lag] ?? 0);
    }
    const lines = KINDS.flatMap((kind, k) =>
      PARTS.map((part) => {
        const rows = Array.from({ length: EXAMPLES }, (_, example) => {
          const values = Array.from({ length: PROBES }, (_, probe) => {
            const { base, rise, injections } =
              /** @type {{ base: number, rise: number, injections: number }} */ (
                series[(k * EXAMPLES + example) * PROBES + probe]
              );
            const loss = Math.max(1e-4, base - rise * (sums[injections] ?? 0) * 0.3 + noise());
            return `                ${Math.fround(loss)}`;
          });
          return `            [\n${values.join(',\n')}\n            ]`;
        });
        return `        "${kind}_${part}": [\n${rows.join(',\n')}\n        ]`;
      }),
    );
    const passages = Array.from({ length: EXAMPLES }, () => `            ${Math.fround(3 + noise())}`);
    const text = `${entry === 0 ? '[' : ','}\n    {\n        "step": ${STEP_OF_FIRST + entry},\n${lines.join(',\n')},\n        "def": [\n${passages.join(',\n')}\n        ]\n    }`;
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end('\n]');
  await once(out, 'close');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [file, entries] = process.argv.slice(2);
  if (file === undefined) throw new Error('node scripts/bench/log.mjs FILE [ENTRIES]');
  await writeLog(file, Number(entries ?? 2190));
}
