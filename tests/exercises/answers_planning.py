"""Answers for notebook 10: power by simulation, and the runs that it takes."""

import math

import numpy as np
import torch
from scipy import stats

from coordlib.exercises.equating import equivalent
from coordlib.exercises.planning import runs_needed
from coordlib.exercises.simulating import exact_power
from coordlib.exercises.simulating import power as lent_power


def power(
    n,
    spread,
    margin,
    factor,
    generator,
    found=lambda mean, reach, margin: mean.abs() + reach < margin,
    s=lambda drawn: drawn.std(1),
    root=math.sqrt,
    times=2000,
    draw=torch.randn,
):
    drawn = spread * draw(times, n, generator=generator)
    share = found(drawn.mean(1), factor * s(drawn) / root(n), margin)
    return share.double().mean()


def power_by_loop(n, spread, margin, factor, generator):
    """Another right form: one experiment after the other."""
    yes = 0
    for _ in range(2000):
        differences = torch.randn(n, generator=generator) * spread
        yes += equivalent(differences, margin, factor)
    return yes / 2000


def power_in_numpy(n, spread, margin, factor, generator):
    drawn = torch.normal(0.0, spread, (n, 2000), generator=generator).numpy()
    error = drawn.std(0, ddof=1) / np.sqrt(n)
    low, high = drawn.mean(0) - factor * error, drawn.mean(0) + factor * error
    return np.count_nonzero((low > -margin) & (high < margin)) / 2000


def power_from_a_seed(n, spread, margin, factor, generator):
    """Another right form: NumPy's numbers, from a seed that is drawn from the generator."""
    seed = torch.randint(2**31, (1,), generator=generator).item()
    drawn = np.random.default_rng(seed).normal(0, spread, (2000, n))
    above = stats.ttest_1samp(drawn, -margin, axis=1).statistic > factor
    return np.mean(above & (stats.ttest_1samp(drawn, margin, axis=1).statistic < -factor))


def planned(**changes):
    """A power with other numbers in the plan."""

    def answer(n, spread, margin, factor, generator):
        plan = {"n": n, "spread": spread, "margin": margin, "factor": factor}
        plan |= {name: change(plan[name]) for name, change in changes.items()}
        return power(**plan, generator=generator)

    return answer


def one_experiment_for_all(n, spread, margin, factor, generator):
    differences = spread * torch.randn(n, generator=generator)
    return sum(equivalent(differences, margin, factor) for _ in range(2000)) / 2000


def partly_elsewhere(n, spread, margin, factor, generator):
    torch.randn(1, generator=generator)
    return power(n, spread, margin, factor, torch.default_generator)


def elsewhere(other):
    """A number is drawn, but in vain: the experiments come from a generator of its own."""

    def answer(n, spread, margin, factor, generator):
        torch.rand(1, generator=generator)
        return power(n, spread, margin, factor, other(generator))

    return answer


def reckoned(n, spread, margin, factor, generator):
    """No 2,000 experiments, but as many as it takes, once."""
    torch.rand(1, generator=generator)
    drawn = np.random.default_rng(0).normal(0, spread, (50_000, n))
    reach = factor * drawn.std(1, ddof=1) / n**0.5
    return np.mean(abs(drawn.mean(1)) + reach < margin)


def in_windows(times, n, generator):
    return torch.randn(times + n - 1, generator=generator).unfold(0, n, 1)


def across(n, spread, margin, factor, generator):
    """Mean and standard deviation of the wrong axis."""
    drawn = spread * torch.randn(n, 2000, generator=generator)
    reach = factor * drawn.std(1) / math.sqrt(n)
    return (drawn.mean(1).abs() + reach < margin).double().mean()


def last_first(spread, margin, wanted, power_of):
    if power_of(50, spread, margin) < wanted:
        return math.inf
    return fewest(spread, margin, wanted, power_of)


def fewest(spread, margin, wanted, power_of, tried=range(2, 51), enough=lambda a, b: a >= b):
    for n in tried:
        if enough(power_of(n, spread, margin), wanted):
            return n
    return math.inf


def fewest_of_a_list(spread, margin, wanted, power_of):
    found = [n for n in range(2, 51) if power_of(n, spread, margin) >= wanted]
    return min(found, default=float("inf"))


def fewest_in_numpy(spread, margin, wanted, power_of):
    powers = np.array([power_of(n, spread, margin) for n in np.arange(2, 51)])
    return np.append(np.arange(2.0, 51)[powers >= wanted], np.inf)[0]


def fewest_while(spread, margin, wanted, power_of):
    n = 2
    while n <= 50 and not power_of(n, spread, margin) >= wanted:
        n += 1
    return torch.tensor(n if n <= 50 else math.inf)


def halving(spread, margin, wanted, power_of):
    low, high = 2, 50
    while low < high:
        middle = (low + high) // 2
        if power_of(middle, spread, margin) >= wanted:
            high = middle
        else:
            low = middle + 1
    return low if power_of(low, spread, margin) >= wanted else math.inf


def at_least_from_there(spread, margin, wanted, power_of):
    n = 51
    while n > 2 and power_of(n - 1, spread, margin) >= wanted:
        n -= 1
    return n if n < 51 else math.inf


def if_none(value):
    return lambda *case: value if math.isinf(fewest(*case)) else fewest(*case)


RIGHT = {
    "10.4": [power, power_by_loop, power_in_numpy, power_from_a_seed],
    "10.5": [fewest, fewest_of_a_list, fewest_in_numpy, fewest_while],
}

LENT = "the course's own function for this exercise did the work"
AGAIN = "asked again with one generator, you give the same share again, for every plan"
ANOTHER = "`factor` is given, and you take another number"
NOTHING_DRAWN = "nothing is drawn from `generator`: hand it on"
WAVERS = "you halve the range, as if the power always grew with n"
LEAPS = "you leave out some n, and a smaller one may be enough"
TOO_LOW = "you stop at an n whose power is too low; it has to be at least `wanted`"
NONE = "if no n up to 50 is enough, the answer is infinity"

WRONG = {
    "10.4": [
        (
            lambda n, spread, *rest: power(
                n, spread, *rest, s=lambda drawn: torch.full((len(drawn),), spread)
            ),
            "every experiment gets the true spread",
        ),
        (
            lambda *case: power(*case, s=lambda drawn: drawn.std(1, correction=0)),
            "each experiment's standard deviation is over n",
        ),
        (lambda *case: power(*case, root=lambda n: 1), "√n is missing"),
        (
            lambda *case: power(*case, found=lambda mean, reach, margin: mean.abs() < reach),
            "you count the experiments whose interval holds 0",
        ),
        (
            lambda *case: power(*case, found=lambda mean, reach, margin: mean.abs() < margin),
            "you count the experiments whose mean lies within the margin",
        ),
        (
            lambda *case: power(*case, found=lambda mean, reach, margin: mean + reach < margin),
            "you test one side",
        ),
        (
            lambda *case: power(
                *case, found=lambda mean, reach, margin: mean.abs() - reach < margin
            ),
            "you count each interval that reaches within the margin",
        ),
        (
            lambda *case: power(
                *case, found=lambda mean, reach, margin: (mean + margin).abs() + reach < margin
            ),
            "the differences lie around the margin",
        ),
        (lambda *case: 1 - power(*case), "the share of experiments that do not find equivalence"),
        (planned(spread=math.sqrt), "`spread` is the standard deviation, not the variance"),
        (planned(spread=lambda spread: spread**2), "`spread` is the standard deviation; you"),
        (planned(spread=lambda spread: 1), "`spread` is not used"),
        (planned(n=lambda n: n - 1), "an experiment of yours has n - 1 differences"),
        (planned(n=lambda n: n + 1), "an experiment of yours has n + 1 differences"),
        (planned(factor=lambda factor: 1.645), ANOTHER),
        (planned(factor=lambda factor: 1.96), ANOTHER),
        (
            lambda n, spread, margin, factor, generator: power(
                n, spread, margin, stats.t.ppf(0.95, n - 1), generator
            ),
            ANOTHER,
        ),
        (
            planned(margin=lambda margin: margin / 100),
            "your share is 0, as for every other plan; it should be about 0.655",
        ),
        (across, "your share is 1, as for every other plan; it should be about 0.655"),
        (elsewhere(lambda generator: torch.Generator().manual_seed(3)), AGAIN),
        (
            elsewhere(lambda generator: torch.Generator().manual_seed(generator.initial_seed())),
            AGAIN,
        ),
        (lambda *case: power(*case[:-1], case[-1].manual_seed(case[-1].initial_seed())), AGAIN),
        (reckoned, AGAIN),
        (lambda *case: power(*case, times=1_000), "your shares look like those of 1000 exp"),
        (lambda *case: power(*case, times=400), "your shares look like those of 400 exp"),
        (lambda *case: power(*case, times=1_999), "of 2,000 experiments: play exactly so many"),
        (lambda *case: power(*case, times=4_000), "of 2,000 experiments: play exactly so many"),
        (
            lambda *case: power(*case, draw=in_windows),
            "each has to have n numbers that no other one has",
        ),
        (lambda *case: power(*case, draw=torch.rand), "your numbers lie evenly between 0 and 1"),
        (
            planned(spread=lambda spread: math.sqrt(2) * spread),
            "your differences scatter by √2 · spread",
        ),
        (lambda *case: power(*case, root=lambda n: n), "you divide s by n"),
        (lambda *case: power(*case, root=lambda n: math.sqrt(n - 1)), "you divide s by √(n - 1)"),
        (lambda *case: power(*case, s=lambda drawn: drawn.var(1)), "you take the variance s²"),
        (
            lambda *case: power(*case, found=lambda mean, reach, margin: reach < margin),
            "you compare the interval's width with the margins'",
        ),
        (
            lambda *case: power(*case, found=lambda mean, reach, margin: 2 * reach < margin),
            "you compare the interval's width with the margin;",
        ),
        (lambda *case: lent_power(*case), LENT),
        (one_experiment_for_all, "your shares look like those of 1 experiment"),
        (lambda *case: power(*case, times=100), "your shares look like those of 100 experiments"),
        (lambda *case: power(*case, times=500), "your shares look like those of 500 experiments"),
        (lambda *case: 2000 * power(*case), "that is the number of experiments"),
        (lambda *case: 100 * power(*case), "that is the share in per cent"),
        (lambda *case: -power(*case), "a share lies between 0 and 1; yours are -0."),
        (
            planned(margin=lambda margin: 0.8 * margin),
            "factor 1.685: your share is 0.",
        ),
        (lambda *plan: power(*plan[:-1], None), NOTHING_DRAWN),
        (lambda *plan: power(*plan[:-1], torch.Generator().manual_seed(0)), NOTHING_DRAWN),
        (lambda *plan: exact_power(plan[:-1]), NOTHING_DRAWN),
        (
            lambda *plan: power(*plan[:-1], plan[-1].manual_seed(0)),
            "`generator` gets a seed of yours; draw from it as it comes",
        ),
        (partly_elsewhere, "asked again with the same seed, you give other numbers"),
        (lambda *case: [power(*case)] * 2, "the result is a list; wanted is one number"),
    ],
    "10.5": [
        (lambda *case: fewest(*case, enough=lambda a, b: a > b), "`>=`, not `>`"),
        (lambda *case: fewest(*case) - 1, "that is one less than it takes"),
        (lambda *case: fewest(*case) + 1, "that is one more than it takes"),
        (lambda *case: fewest(*case, tried=range(50, 1, -1)), "the largest n that is enough"),
        (
            lambda *case: fewest(*case, enough=lambda a, b: a <= b),
            TOO_LOW,
        ),
        (halving, WAVERS),
        (at_least_from_there, "from that n on the power stays high enough"),
        (lambda *case: fewest(*case, tried=(2, 4, 8, 16, 32)), LEAPS),
        (lambda *case: fewest(*case, tried=range(2, 51, 2)), LEAPS),
        (lambda *case: fewest(*case, tried=range(5, 51, 5)), LEAPS),
        (lambda *case: fewest(*case, tried=range(2, 50)), "50 pairs are allowed too"),
        (lambda *case: fewest(*case, tried=range(2, 400)), "you go beyond 50 pairs"),
        (lambda *case: fewest(*case, tried=range(1, 51)), "you begin at 1"),
        (lambda *case: fewest(*case, tried=range(3, 51)), "you begin at 3"),
        (
            lambda spread, margin, *rest: fewest(margin, spread, *rest),
            "spread and margin are swapped",
        ),
        (
            lambda spread, margin, wanted, power_of: fewest(spread, margin, 0.8, power_of),
            "`wanted` is not always 0.8",
        ),
        (
            lambda *case: fewest(*case, enough=lambda power, wanted: power < wanted),
            TOO_LOW,
        ),
        (
            lambda *case: fewest(*case, enough=lambda power, wanted: power >= wanted - 1e-3),
            "for spread 5, margin 5 and a power of 0.6251: your answer is 50",
        ),
        (last_first, "if 50 pairs are not enough, fewer may be"),
        (lambda *case: fewest(*case, tried=(2,)), "you ask the power of n = 2 and of no other"),
        (lambda *case: runs_needed(*case), LENT),
        (if_none(50), NONE),
        (if_none(0), NONE),
        (if_none(-1), NONE),
        (if_none(None), "returned None"),
        (
            lambda spread, margin, wanted, power_of: max(
                range(2, 51), key=lambda n: power_of(n, spread, margin)
            ),
            "that is the n with the greatest power",
        ),
        (
            lambda spread, margin, wanted, power_of: min(
                range(2, 51), key=lambda n: abs(power_of(n, spread, margin) - wanted)
            ),
            "that is the n whose power comes closest",
        ),
        (
            lambda spread, margin, wanted, power_of: (
                power_of(int(n), spread, margin)
                if math.isfinite(n := fewest(spread, margin, wanted, power_of))
                else n
            ),
            "that is the power; asked for is the number of pairs",
        ),
        (
            lambda spread, margin, wanted, power_of: sum(
                power_of(n, spread, margin) >= wanted for n in range(2, 51)
            ),
            "you count how many n are enough",
        ),
        (
            lambda *case: 15,
            "for spread 1, margin 1.2 and a power of 0.9: your answer is 15; it should be 12, with",
        ),
        (lambda *case: fewest(*case) > 3, "is True or False; wanted is a number"),
    ],
}
