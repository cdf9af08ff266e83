/** Numbers as people read them, the same in the editor, the charts and the command line. */

/** A real minus sign, none before what is rounded to zero, and a dash where there is no number: −3.12. */
export function decimal(value: number | null, places = 2): string {
  if (value === null) return '–';
  const text = value.toFixed(places);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}

/** A change, with its sign: +0.74. */
export function signed(value: number | null, places = 2): string {
  return value !== null && Number(value.toFixed(places)) > 0
    ? `+${decimal(value, places)}`
    : decimal(value, places);
}

/** Steps or tokens, whole, in groups of three: 12,300. Very great ones as a power of ten. */
export function count(value: number | null): string {
  if (value === null) return '–';
  return value < 1e9 ? Math.round(value).toLocaleString('en-US') : value.toExponential(1).replace('+', '');
}

/** Steps or tokens in short: 50, 1k, 2.5k, 1M, 1B; a dash where there is no number. Very great ones as a power of ten. */
export function short(value: number | null): string {
  if (value === null || value >= 1e13) return count(value);
  const [divisor, unit] =
    value >= 1e9 ? [1e9, 'B'] : value >= 1e6 ? [1e6, 'M'] : value >= 1000 ? [1000, 'k'] : [1, ''];
  return `${Math.round((value / divisor) * 10) / 10}${unit}`;
}

/** A probability given as nats, as per cent with three significant figures: 12.3 %. */
export function percent(logprob: number): string {
  const value = Math.exp(logprob) * 100;
  return `${value >= 0.01 ? Number(value.toPrecision(3)) : value.toExponential(1)} %`;
}

/** So many of something, in groups of three and with the right ending: 1 probe, 9,452 probes. */
export function plural(number: number, one: string, several = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : several}`;
}
