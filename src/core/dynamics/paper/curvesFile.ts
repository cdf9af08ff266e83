import { FailureError } from '../../failure';
import type { CurveSet } from './decay';
import { PAPER_KINDS, type PaperKind } from './publishedLog';

/**
 * Curves as the published code writes them into `forgetting_measurements`: by condition and kind, index t, per cent.
 * @param text JSON
 * @param file for failures
 * @throws FailureError `paper-curves` where they are something else; the published code would end with an exception too
 */
export function parseCurves(text: string, file: string): CurveSet {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unfit(file, `they are no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(value)) throw unfit(file, 'they are no object of conditions');
  // Conditions may be called anything.
  const curves = new Map<string, Record<PaperKind, number[]>>();
  for (const [condition, ofKind] of Object.entries(value)) {
    if (!isRecord(ofKind)) throw unfit(file, 'this is no object of kinds', condition);
    const kinds = PAPER_KINDS.map(
      (kind) => [kind, numbersIn(ofKind[kind], `${condition}.${kind}`, file)] as const,
    );
    curves.set(condition, Object.fromEntries(kinds) as Record<PaperKind, number[]>);
  }
  return Object.fromEntries(curves);
}

function numbersIn(value: unknown, place: string, file: string): number[] {
  if (!Array.isArray(value)) throw unfit(file, 'this is no list', place);
  return value.map((each: unknown, t) => {
    if (typeof each === 'number' && Number.isFinite(each)) return each;
    throw unfit(file, each === null ? 'this is null' : 'this is no number', `${place}[${t}]`);
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unfit(file: string, what: string, place?: string): FailureError {
  return new FailureError({
    code: 'paper-curves',
    message: `These are no curves of the published procedure: ${what}.`,
    file,
    ...(place !== undefined && { place }),
    remedy:
      'Wanted is {"duplication": {"mem": [100, …], "gen": […], "gen_hard": […]}, "paraphrase": …, "once": …}.',
  });
}
