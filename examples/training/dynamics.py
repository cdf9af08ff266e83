"""The measures of acquisition and forgetting for one trajectory: steps and log probabilities.

`steps` is a sorted list, `values` the mean log probability per target token at each of them, and
`encounters` the steps at which the fact is injected. What cannot be measured is None.
"""
import math
from statistics import median_low
from typing import NamedTuple

import numpy

POINTS_PER_DECADE = 20
TENFOLD = 10  # a fit needs measured lags from t to at least ten times t
FEWEST_CHECKPOINTS = 3  # and as many checkpoints after every peak
LEAST_ERRORS = 2  # standard errors by which a has to exceed 0 for a horizon


def baseline(steps, values, encounters, i):
    """At the latest checkpoint after the encounter before and not after this one."""
    since = encounters[i - 1] if i else -math.inf
    found = [v for s, v in zip(steps, values) if since < s <= encounters[i]]
    return found[-1] if found else None


def peak(steps, values, encounters, i, window):
    """Step and value of the first maximum in the window after an encounter."""
    end = min([encounters[i] + window, *encounters[i + 1 : i + 2]])
    found = [(s, v) for s, v in zip(steps, values) if encounters[i] < s <= end]
    return max(found, key=lambda pair: (pair[1], -pair[0])) if found else None


def effectivity(steps, values, encounters, i, window):
    top, base = peak(steps, values, encounters, i, window), baseline(steps, values, encounters, i)
    return None if top is None or base is None else top[1] - base


def fixed_lag(steps, values, encounters, i, lag):
    """Change from the baseline to `lag` steps after an encounter; only where there is a checkpoint."""
    base, at = baseline(steps, values, encounters, i), encounters[i] + lag
    return None if base is None or at not in steps else values[steps.index(at)] - base


def total_rise(steps, values, encounters, window):
    """The denominator of retainability: last peak minus first baseline."""
    return peak(steps, values, encounters, len(encounters) - 1, window)[1] - baseline(
        steps, values, encounters, 0
    )


def retainability(steps, values, encounters, window, lags):
    """R at lags after the last peak, linear in ln(1 + lag) between checkpoints, never extrapolated."""
    at, top = peak(steps, values, encounters, len(encounters) - 1, window)
    base = baseline(steps, values, encounters, 0)
    known = [(math.log1p(s - at), (v - base) / (top - base)) for s, v in zip(steps, values) if s >= at]
    places, ratios = zip(*known)
    wanted = numpy.log1p(numpy.asarray(lags, dtype=float))
    assert wanted.max() <= places[-1] + 1e-9, "beyond the data"
    return numpy.interp(wanted, places, ratios)


def lags_up_to(longest: float):
    """1 … longest, equally spaced in log10."""
    count = math.floor(math.log10(longest) * POINTS_PER_DECADE)
    return 10 ** (numpy.arange(count + 1) / POINTS_PER_DECADE)


def lags_measured(steps, values, encounters, window):
    """Lags of the checkpoints after the last peak."""
    at, _ = peak(steps, values, encounters, len(encounters) - 1, window)
    return [s - at for s in steps if s > at]


def lag_of_the_fit(measured):
    """The lag, at least 1, by which half of the trajectories have had a checkpoint after their peak.

    Before it, R is no measurement but a line drawn from the peak, where R is 1 by definition.
    `measured` holds the lags of each trajectory's checkpoints.
    """
    return max(1, median_low(lags[0] if lags else math.inf for lags in measured))


def supports_fit(measured) -> bool:
    """Whether a share lost per tenfold of steps can be told from lags like these."""
    if min(len(lags) for lags in measured) < FEWEST_CHECKPOINTS:
        return False
    return min(lags[-1] for lags in measured) >= TENFOLD * lag_of_the_fit(measured)


class Fit(NamedTuple):
    """R = b − a·log10 t."""

    a: float  # the decay constant: share lost per tenfold of steps
    b: float
    r2: float
    error: float  # standard error of a; too small, as neighbouring residuals are alike
    horizon: float | None  # lag at which the line reaches 0


def fit_log10(lags, ratios) -> Fit:
    """Ordinary least squares of R on log10 t. A slope that could be none has no horizon."""
    (slope, b), covariance = numpy.polyfit(numpy.log10(lags), ratios, 1, cov=True)
    a, error = -slope, math.sqrt(covariance[0, 0])
    left = ratios - (b - a * numpy.log10(lags))
    spread = ratios - ratios.mean()
    return Fit(
        a=a,
        b=b,
        r2=1 - (left @ left) / (spread @ spread),
        error=error,
        horizon=10 ** (b / a) if a > LEAST_ERRORS * error else None,
    )
