import { expect, it } from 'vitest';
import { count, decimal, percent, short, signed } from '../../src/core/format';

it('writes numbers with real minus signs, a dash where there is none, and units in short', () => {
  expect([decimal(-0.5), decimal(null), decimal(-1.23456, 3)]).toEqual(['−0.50', '–', '−1.235']);
  expect([signed(0.5), signed(-0.5), signed(0), signed(null)]).toEqual(['+0.50', '−0.50', '0.00', '–']);
  expect([decimal(-0.0004, 3), signed(0.004), signed(-0.004)]).toEqual(['0.000', '0.00', '0.00']);
  expect([count(12_345.6), count(null), count(4.77e25)]).toEqual(['12,346', '–', '4.8e25']);
  expect([50, 1000, 2500, 1.5e6, 2.7e10, 1e15, null].map(short)).toEqual([
    ...['50', '1k', '2.5k', '1.5M', '27B', '1.0e15', '–'],
  ]);
  expect([percent(0), percent(Math.log(0.1234)), percent(Math.log(1e-6))]).toEqual([
    '100 %',
    '12.3 %',
    '1.0e-4 %',
  ]);
});
