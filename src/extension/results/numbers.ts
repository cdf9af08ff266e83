/** Nats, to two places, with a real minus sign: −3.12. */
export function nats(value: number): string {
  return value.toFixed(2).replace('-', '−');
}

/** A change in nats, with its sign: +0.74. */
export function signed(value: number): string {
  return (value >= 0 ? '+' : '') + nats(value);
}

/** Steps in short: 50, 1k, 2.5k, 1M. */
export function short(steps: number): string {
  if (steps >= 1e6) return `${round(steps / 1e6)}M`;
  return steps >= 1000 ? `${round(steps / 1000)}k` : String(round(steps));
}

/** A probability given as nats, as per cent with three significant figures: 12.3 %. */
export function percent(logprob: number): string {
  const value = Math.exp(logprob) * 100;
  return `${value >= 0.01 ? Number(value.toPrecision(3)) : value.toExponential(1)} %`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
