import type { Column } from '../../results/measured/log';
import {
  byKind,
  PAPER_KINDS,
  PAPER_PARTS,
  PROBES_PER_EXAMPLE,
  type PaperPart,
  type PublishedLog,
} from './publishedLog';
import { describePlace, logPlace, stops } from './stops';

/**
 * The log with every loss exponentiated, and with the other sign as before, which the published code does unless `--no_take_exp` is given (quirk 2).
 * Nulls in `def`, which no figure comes from and which is not read here, would end the published code too.
 * @throws FailureError at any null, also where nothing would read it; of several the first in the file
 */
export function perplexities(log: PublishedLog): PublishedLog {
  refuseNulls(log);
  const exponentiated = ({ values }: Column): Column => ({
    values: values.map((logprob) => -Math.exp(-logprob)),
    missing: undefined,
  });
  return {
    ...log,
    logprobs: byKind((kind) => {
      const of = (part: PaperPart) => exponentiated(log.logprobs[kind][part]);
      return { first: of('first'), target: of('target'), full: of('full') };
    }),
  };
}

function refuseNulls({ loggedSteps, examples, logprobs }: PublishedLog): void {
  const columns = PAPER_KINDS.flatMap((kind) =>
    PAPER_PARTS.map((part) => ({ kind, part, missing: logprobs[kind][part].missing })),
  ).filter(({ missing }) => missing?.includes(1));
  if (columns.length === 0) return;
  const entries = loggedSteps.length;
  for (let entry = 0; entry < entries; entry++) {
    for (const { kind, part, missing } of columns) {
      for (let series = 0; series < examples * PROBES_PER_EXAMPLE; series++) {
        if (missing![series * entries + entry] !== 1) continue;
        const place = { kind, part, series };
        throw stops(
          'null',
          `The ${describePlace(place)}, is null at entry ${entry}, and all values are exponentiated`,
          'TypeError',
          { place: logPlace(place, entry), remedy: 'Analyse the losses instead: without --exp.' },
        );
      }
    }
  }
}
