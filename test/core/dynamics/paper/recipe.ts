import {
  PAPER_KINDS,
  PAPER_PARTS,
  type PaperKind,
  type PaperPart,
  type PublishedLog,
} from '../../../../src/core/dynamics/paper/publishedLog';

/** Values that a case of test/oracle/paper.json changes; ranges with both ends. */
export interface Edit {
  readonly kind: PaperKind;
  readonly part: PaperPart;
  readonly examples: readonly [number, number];
  readonly probes: readonly [number, number];
  readonly entries: readonly [number, number];
  readonly value: number | 'NaN' | 'Infinity' | null;
}

/** `loss` of test/oracle/paper.py: whole 64ths of a nat, the same in both languages. */
function loss(i: number, e: number, k: number, q: number, p: number): number {
  const noise = (i * 7919 + e * 104729 + k * 15485863 + q * 32452843 + p * 49979687) % 7;
  const most = e < 80 ? 10 : e < 120 ? 1 : 0;
  const met = Math.min(most, i > 0 ? Math.floor((i - 1) / 100) + 1 : 0);
  const value = 400 + ((e * 13 + p * 29 + k * 53 + q * 71) % 64) + noise - met * (4 + ((e + p + k) % 5));
  if (met === 0) return value;
  const since = i - 1 - 100 * (met - 1);
  const peak = 2 + ((e + p) % 3);
  return value - (since < peak ? 8 * since : 40 - Math.min(2 * (since - peak), 30));
}

/** The log that test/oracle/paper.py hands to the published scripts. */
export function recipeLog(entries: number, examples: number, edits: readonly Edit[] = []): PublishedLog {
  const column = (kind: PaperKind, part: PaperPart) => {
    const [k, q] = [PAPER_KINDS.indexOf(kind), PAPER_PARTS.indexOf(part)];
    const values = new Float64Array(examples * 5 * entries);
    for (let s = 0; s < examples * 5; s++)
      for (let i = 0; i < entries; i++)
        values[s * entries + i] = -loss(i, Math.floor(s / 5), k, q, s % 5) / 64;
    return { values, missing: undefined as Uint8Array | undefined };
  };
  const parts = (kind: PaperKind) => ({
    first: column(kind, 'first'),
    target: column(kind, 'target'),
    full: column(kind, 'full'),
  });
  const logprobs = { mem: parts('mem'), gen: parts('gen'), gen_hard: parts('gen_hard') };
  for (const edit of edits) {
    const of = logprobs[edit.kind][edit.part];
    for (let e = edit.examples[0]; e <= edit.examples[1]; e++)
      for (let p = edit.probes[0]; p <= edit.probes[1]; p++)
        for (let i = edit.entries[0]; i <= edit.entries[1]; i++) {
          const at = (e * 5 + p) * entries + i;
          of.values[at] = edit.value === null ? NaN : -Number(edit.value);
          if (edit.value === null) (of.missing ??= new Uint8Array(of.values.length))[at] = 1;
        }
  }
  return { loggedSteps: Array.from({ length: entries }, (_, i) => i), examples, logprobs };
}

/** The same as the JSON of a published log. */
export function asJson({ loggedSteps, examples, logprobs }: PublishedLog): string {
  const steps = loggedSteps.length;
  const entries = loggedSteps.map((step, i) => {
    const tables = PAPER_KINDS.flatMap((kind) =>
      PAPER_PARTS.map((part) => {
        const { values } = logprobs[kind][part];
        const rows = Array.from({ length: examples }, (_, e) =>
          Array.from({ length: 5 }, (_, p) => -values[(e * 5 + p) * steps + i]!),
        );
        return [`${kind}_${part}`, rows] as const;
      }),
    );
    return JSON.stringify({
      step,
      ...Object.fromEntries(tables),
      def: Array.from({ length: examples }, () => 1),
    });
  });
  return `[${entries.join(', ')}]`;
}
