/**
 * Divides an amount in proportion to weights, no share above its cap: what a full one cannot take the others get, in
 * proportion again. Exact: share i is min(cap_i, x · weight_i) with the x at which they sum up to the amount.
 * @param weights, caps none negative
 * @param amount at least 0; where it is more than the caps hold, all are filled
 */
export function waterFill(weights: Float64Array, caps: Float64Array, amount: number): Float64Array {
  // Shares are filled in the order of the x at which they are full.
  const full = caps.map((cap, i) => (weights[i]! > 0 ? cap / weights[i]! : Infinity));
  const order = Uint32Array.from(full.keys()).sort((i, j) =>
    full[i]! < full[j]! ? -1 : Number(full[i]! > full[j]!),
  );
  // Weights of those from a place on, summed from the small to the great end of the order.
  const open = new Float64Array(order.length + 1);
  for (let place = order.length - 1; place >= 0; place--) {
    open[place] = open[place + 1]! + weights[order[place]!]!;
  }
  const shares = new Float64Array(weights.length);
  let left = amount;
  for (const [place, i] of order.entries()) {
    const x = left / open[place]!;
    if (full[i]! > x || open[place] === 0) {
      for (const rest of order.subarray(place)) shares[rest] = weights[rest]! > 0 ? x * weights[rest]! : 0;
      return shares;
    }
    shares[i] = caps[i]!;
    left = Math.max(left - caps[i]!, 0);
  }
  return shares;
}
