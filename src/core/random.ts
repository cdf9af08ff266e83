import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of random numbers that is the same for the same seed, on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  readonly uniform: () => number;
  /** Uniform among 0 … n − 1. */
  readonly below: (n: number) => number;
}

/**
 * @param seed a whole number
 * @param stream whole, from 0: streams of one seed are independent of each other, which those of neighbouring seeds
 * are not
 */
export function seededRandom(seed: number, stream = 0): Random {
  const generator = xoroshiro128plus(seed);
  for (let jump = 0; jump < stream; jump++) generator.jump();
  return {
    uniform: () => uniformFloat64(generator),
    below: (n) => uniformInt(generator, 0, n - 1),
  };
}
