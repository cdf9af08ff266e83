import { FailureError } from '../../failure';
import { PROBE_KINDS, type Condition, type ProbeFile, type ProbeKind, type Run } from '../../probes/model';
import type { ScheduleFiles } from '../../probes/schedule';
import type { RunSeries, Series } from '../../results/series';
import { groupsOf } from '../grouping';
import { lastAtMost } from '../metrics/interpolate';
import { kernelProbes, netGains, rawGains } from '../kernel/probes';
import { membersOf, type Member } from '../members';
import { nullOf } from '../metrics/null';
import { forecast, type Forecast, type ForecastProbe } from './forecast';

/** The forecast of one condition and kind. */
export interface GroupForecast extends Forecast {
  readonly condition: Condition | null;
  readonly kind: ProbeKind | null;
}

/**
 * Forecasts the rest of a run for each condition and kind from its first encounters. Facts that are met less often are
 * looked at up to the earliest step at which another one is met again. Which probes take part, and what is subtracted for the controls, is decided
 * from what was seen alone.
 * @param first encounters to look at, at least 1
 * @throws FailureError `too-few-encounters` where no fact has more than these
 */
export function forecastRun(
  file: ProbeFile,
  run: Run,
  series: RunSeries,
  first: number,
  schedules?: ScheduleFiles,
): GroupForecast[] {
  const all = membersOf(file, run, series, schedules);
  const next = Math.min(...all.map(({ encounters }) => encounters[first] ?? Infinity));
  if (!Number.isFinite(next))
    throw tooFew(run, first, Math.max(0, ...all.map(({ encounters }) => encounters.length)));
  const wholeOf = new Map<Member, Member>();
  const seen = all.map((whole): Member => {
    const until = whole.reference[first] ?? next;
    const one: Member = {
      ...whole,
      encounters: whole.encounters.slice(0, first),
      reference: whole.reference.slice(0, first),
      target: upTo(whole.target, until),
      foils: undefined,
    };
    wholeOf.set(one, whole);
    return one;
  });
  const nullsOf = (members: readonly Member[]) =>
    new Map(PROBE_KINDS.map((kind) => [kind, nullOf(members, kind, run.window)]));
  const [seenNulls, wholeNulls] = [nullsOf(seen), nullsOf(all)];
  return groupsOf(seen, 'condition-kind')
    .filter(({ members }) => members.some(({ encounters }) => encounters.length > 0))
    .map(({ condition, kind, members }) => {
      const ofKind = (member: Member) => wholeNulls.get(member.probe.kind)!.net;
      const isNet = members.every((member) => ofKind(member) !== undefined);
      const net = isNet ? netGains(members, seenNulls, run.window) : undefined;
      const set = net ?? rawGains(members, seenNulls, run.window);
      const probes = kernelProbes(set, net && ofKind).map((probe, i): ForecastProbe => {
        const whole = wholeOf.get(set.all[i]!.member)!;
        return {
          ...probe,
          whole: net === undefined ? whole.target : ofKind(whole)!.subtract(whole.target),
          allEncounters: whole.encounters,
        };
      });
      return { condition, kind, ...forecast(probes, run.window) };
    });
}

function upTo({ steps, values }: Series, step: number): Series {
  const end = lastAtMost(steps, step) + 1;
  return { steps: steps.slice(0, end), values: values.slice(0, end) };
}

function tooFew(run: Run, first: number, most: number): FailureError {
  return new FailureError({
    code: 'too-few-encounters',
    message: `No fact of run ${run.id.value} has more than ${first} encounters: there is nothing to forecast.`,
    remedy:
      most < 2
        ? 'A forecast needs facts that are met at least twice.'
        : `Give at most ${most - 1} with --first.`,
  });
}
