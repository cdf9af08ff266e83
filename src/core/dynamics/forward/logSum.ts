/** ln Γ(x) for x > 0, to a relative 1e-14: Stirling's series, after the argument has been raised above 10. */
export function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  while (z < 10) {
    shift += Math.log(z);
    z += 1;
  }
  const r = 1 / (z * z);
  const series =
    (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - (r * 691) / 360360))))) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/** Σ_{j=from}^{to} log10 j, as log10 (to! / (from − 1)!). @param from at least 1; 0 where `to` is before it */
export function sumOfLogs(from: number, to: number): number {
  return to < from ? 0 : (logGamma(to + 1) - logGamma(from)) / Math.LN10;
}
