import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCurves } from '../../../../src/core/dynamics/paper/curvesFile';
import { paperDecay, tokensPerStepByName, type CurveSet } from '../../../../src/core/dynamics/paper/decay';
import { FailureError } from '../../../../src/core/failure';

function curveSet(curve: readonly number[]): CurveSet {
  return { duplication: { mem: curve, gen: curve, gen_hard: curve } };
}

function fit(curve: readonly number[], options?: Parameters<typeof paperDecay>[1]) {
  return paperDecay(curveSet(curve), options)['duplication']!.mem;
}

/** R = b − a·log10 t, per cent. */
function line(a: number, b: number, points: number): number[] {
  return Array.from({ length: points }, (_, t) => (t === 0 ? 100 : 100 * (b - a * Math.log10(t))));
}

const lines = fc.record({
  a: fc.double({ min: 0.01, max: 0.4, noNaN: true }),
  b: fc.double({ min: 0.5, max: 1.2, noNaN: true }),
  points: fc.integer({ min: 4, max: 400 }),
});

describe('the decay fit', () => {
  it('gives a line back', () => {
    fc.assert(
      fc.property(lines, ({ a, b, points }) => {
        const {
          slope,
          decayConstant,
          intercept,
          xIntercept,
          standardError,
          r2,
          points: n,
        } = fit(line(a, b, points));
        expect(decayConstant).toBeCloseTo(a, 10);
        expect(slope).toBe(-decayConstant);
        expect(intercept).toBeCloseTo(b, 10);
        expect(xIntercept! / (b / a)).toBeCloseTo(1, 9);
        expect(standardError).toBeLessThan(1e-10);
        expect(r2).toBeCloseTo(1, 8);
        expect(n).toBe(points - 1);
      }),
    );
  });

  it('of the share lost has the other slope; against tokens the same slope, further to the right', () => {
    fc.assert(
      fc.property(lines, fc.integer({ min: 2, max: 1e7 }), ({ a, b, points }, tokensPerStep) => {
        const curve = line(a, b, points);
        const steps = fit(curve);
        const lost = fit(curve, { reverse: true });
        expect(lost.slope).toBeCloseTo(-steps.slope, 10);
        expect(lost.intercept).toBeCloseTo(1 - steps.intercept, 10);
        const tokens = fit(curve, { tokensPerStep });
        expect(tokens.slope).toBeCloseTo(steps.slope, 10);
        expect(tokens.xIntercept! - steps.xIntercept!).toBeCloseTo(Math.log10(tokensPerStep), 6);
      }),
    );
  });

  it('turns a curve over that begins below 0, and drops what is exactly −1', () => {
    const curve = line(0.2, 0.9, 50);
    const turned = curve.map((percent) => -percent);
    expect(fit(turned)).toEqual(fit(curve));
    expect(fit(curve.with(20, -100)).points).toBe(48);
    expect(fit(turned.with(20, 100)).points).toBe(48);
    expect(fit(curve.with(20, -100.001)).points).toBe(49);
  });

  it('has no standard error of two points, no R² and no horizon of a level line', () => {
    expect(fit([100, 90, 80]).standardError).toBeNull();
    expect(fit([100, 50, 50, 50])).toMatchObject({ slope: 0, r2: null, xIntercept: null, standardError: 0 });
  });

  it('knows tokens by a file’s name', () => {
    expect(tokensPerStepByName('1b-bsize128_loss_regularized.json')).toBe(262_144);
    expect(tokensPerStepByName('1b-bsize512_loss_regularized.json')).toBe(1_048_576);
    // As published, the first question is for 128.
    expect(tokensPerStepByName('512-of-1280.json')).toBe(262_144);
    expect(tokensPerStepByName('7b.json')).toBeUndefined();
  });
});

describe('a file of curves', () => {
  it('is what it says, or a failure that names the place', () => {
    const curve = fc.array(fc.oneof(fc.double(), fc.constantFrom(null, 'x', [])), { maxLength: 5 });
    const kinds = fc.record({ mem: curve, gen: curve, gen_hard: curve }, { requiredKeys: ['mem', 'gen'] });
    const file = fc.oneof(fc.dictionary(fc.string(), fc.oneof(kinds, fc.jsonValue())), fc.jsonValue());
    fc.assert(
      fc.property(file, (value) => {
        const text = JSON.stringify(value);
        let curves: CurveSet;
        try {
          curves = parseCurves(text, 'c.json');
        } catch (error) {
          expect(error).toBeInstanceOf(FailureError);
          expect((error as FailureError).failure).toMatchObject({ code: 'paper-curves', file: 'c.json' });
          return;
        }
        expect(Object.values(curves).flatMap((of) => [of.mem, of.gen, of.gen_hard])).toEqual(
          Object.values(JSON.parse(text) as CurveSet).flatMap((of) => [of.mem, of.gen, of.gen_hard]),
        );
      }),
    );
  });

  it.each([
    ['{"duplication": {"mem": [100, null]', undefined],
    ['{"duplication": {"mem": [100, null], "gen": [], "gen_hard": []}}', 'duplication.mem[1]'],
    ['{"duplication": {"mem": [100], "gen": []}}', 'duplication.gen_hard'],
    ['{"duplication": 3}', 'duplication'],
    ['[]', undefined],
  ])('refuses %s', (text, place) => {
    let failure;
    try {
      parseCurves(text, 'c.json');
    } catch (error) {
      failure = (error as FailureError).failure;
    }
    expect(failure).toMatchObject({ code: 'paper-curves', file: 'c.json' });
    expect(failure?.place).toBe(place);
  });
});
