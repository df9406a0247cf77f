"""The ledger: each claim of the paper beside what this course's recorded runs say about it.

Every figure is computed from the runs in data/, or, where a claim is about the layer itself, from
the layer. Nothing is typed in. `claims()` makes the ledger anew, data/claims.json keeps it.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch.nn import functional as F

from coordlib import records
from coordlib.datasets import SPLITS
from coordlib.layers import CoordConv2d
from coordlib.records import Run
from coordlib.tasks import classification

HOLDS = ("yes", "in part", "no", "not measured")
_SPLITS = (SPLITS[0], SPLITS[2])  # the paper's two: uniform and quadrant
_SETTINGS = {"classification": 12, "rendering": 16, "regression": 2}  # CoordConv's in its logs


@dataclass(frozen=True)
class Claim:
    """One line of the ledger.

    id: C1 to C15 are the paper's claims, O1 and on this course's own questions.
    says: the claim in our words; `paper`: the figure that the paper or its authors give, if any.
    ours, spread: what was measured, and over what.
    holds: one of HOLDS.
    figures: the numbers behind `ours`, by name.
    runs: the folders of the recorded runs, below data/, each with its own command in its run.json.
    command: repeats the first of them, or, where they are whole grids, the first grid.
    """

    id: str
    says: str
    paper: str
    ours: str
    spread: str
    holds: str
    figures: dict[str, float] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    command: str = ""


def claims() -> list[Claim]:
    """The whole ledger, computed from the recorded runs that are there."""
    return [
        _deconvolution_on_uniform(),
        _deconvolution_on_quadrant(),
        _coordconv_is_perfect(),
        _faster(),
        _smaller(),
        _mistakes_are_local(),
        _deconvolution_renders(),
        _coordconv_renders(),
        _fully_connected_regressor(),
        _pooling_regressor(),
        _coordconv_regressor(),
        _both_directions(),
        _equals_a_convolution(),
        _costs_little(),
        _as_much_as_needed(),
        _is_it_convolution(),
        _the_papers_settings(),
    ]


def as_json(ledger: Sequence[Claim]) -> str:
    """The ledger as data/claims.json holds it."""
    return json.dumps([asdict(claim) for claim in ledger], indent=1, ensure_ascii=False) + "\n"


def as_markdown(ledger: Sequence[Claim]) -> str:
    """The ledger as a table in Markdown, a line a claim."""
    lines = [
        "| | claim | the paper | here | over | holds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {c.id} | {c.says} | {c.paper or '–'} | {c.ours} | {c.spread} | {c.holds} |"
        for c in ledger
    ]
    return "\n".join(lines) + "\n"


def differences(ledger: Sequence[Claim], kept: str) -> list[str]:
    """What `kept`, the content of a claims.json, says otherwise than the ledger; [] if nothing.

    Raises ValueError if `kept` is not the content of such a file.
    """
    try:
        theirs = {entry["id"]: entry for entry in json.loads(kept)}
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"claims.json is not a ledger of coordlib, or it is damaged ({error})"
        ) from error
    ours = {entry["id"]: entry for entry in json.loads(as_json(ledger))}
    found = [f"{id} is only in the file" for id in theirs if id not in ours]
    for id, entry in ours.items():
        if id not in theirs:
            found.append(f"{id} is not in the file")
            continue
        found += [
            f"{id}: {name} is {theirs[id].get(name)!r} in the file, the runs give {value!r}"
            for name, value in entry.items()
            if theirs[id].get(name) != value
        ]
    return found


# What follows computes one claim each.


def _runs(task: str, start: str = "", **settings: Any) -> list[Run]:
    """The shipped runs of a task whose folder's name starts so and whose settings are these.

    Those that were stopped before their first evaluation say nothing yet.
    """
    return [
        run
        for run in records.shipped(task)
        if run.history and run.folder.name.startswith(start) and _has(run, settings)
    ]


def _sweep(grid: str, **settings: Any) -> list[Run]:
    """The finished runs of a shipped grid whose settings are these."""
    return [run for run in records.shipped_sweep(grid) if run.finished and _has(run, settings)]


def _has(run: Run, settings: dict[str, Any]) -> bool:
    return all(run.settings.get(name) == value for name, value in settings.items())


def _made(
    id: str,
    says: str,
    paper: str,
    runs: Sequence[Run],
    measure: Callable[[], tuple[str, str, str, dict[str, float]]],
    command: str = "",
) -> Claim:
    """The claim as `measure` finds it (ours, spread, holds, figures) if there are any runs.

    command: what repeats the runs, if not that of the first.
    """
    if not runs:
        return Claim(id, says, paper, "no run is recorded", "–", "not measured")
    ours, spread, holds, figures = measure()
    folders = [str(run.folder.relative_to(records.data_folder()).as_posix()) for run in runs]
    rounded = {name: float(f"{value:.4g}") for name, value in figures.items()}
    command = command or runs[0].command
    return Claim(id, says, paper, ours, spread, holds, rounded, folders, command)


def _percent(part: float) -> str:
    return f"{100 * part:.1f} %"


def _length(runs: Sequence[Run]) -> str:
    """How far the runs got of what their recipe asks."""
    done = min(run.final["epoch"] for run in runs)
    asked = runs[0].recipe["epochs"]
    return f"{done} of {asked} epochs" if done < asked else f"{asked} epochs"


def _lengths(runs: Sequence[Run]) -> str:
    """How many runs there are of each length that a recipe asks, and how far they got."""
    asked = dict.fromkeys(run.recipe["epochs"] for run in runs)
    groups = [[run for run in runs if run.recipe["epochs"] == epochs] for epochs in asked]
    return ", ".join(f"{len(group)} runs of {_length(group)}" for group in groups)


def _finals(runs: Sequence[Run], metric: str) -> list[float]:
    return [run.final[metric] for run in runs]


def _perfection(by_split: dict[str, list[Run]], metric: str) -> tuple[str, str, dict[str, float]]:
    """How many runs end at 1 on both parts, split by split: in words, whether it holds, counted."""
    perfect = {
        split: sum(run.final[f"train_{metric}"] == run.final[f"test_{metric}"] == 1 for run in each)
        for split, each in by_split.items()
    }
    said = ", ".join(f"{split} {perfect[split]} of {len(by_split[split])}" for split in _SPLITS)
    figures = {f"perfect_{split}": number for split, number in perfect.items()}
    return said, _nearly_all(sum(perfect.values()), sum(map(len, by_split.values()))), figures


def _nearly_all(number: int, of: int) -> str:
    """Whether something holds that so many of the runs do: for nine in ten, seeds being seeds."""
    return "yes" if number >= 0.9 * of else "in part" if number else "no"


def _each(by_split: dict[str, list[Run]], what: str) -> str:
    """How many of `what` there are for each split."""
    uniform, quadrant = (len(by_split[split]) for split in _SPLITS)
    if uniform == quadrant:
        return f"{uniform} {what} a split"
    return f"{uniform} {what} uniform, {quadrant} quadrant"


def _papers_deconvolutions(split: str) -> list[Run]:
    """Those at full size, trained by the paper's schedule."""
    return _runs("classification", "deconv-", split=split)


def _deconvolutions(split: str) -> list[Run]:
    """All at full size: by the paper's schedule, and by the short one of the controls."""
    controls = _sweep("controls", network="deconv", split=split)
    return [*_papers_deconvolutions(split), *controls]


def _deconvolution_on_uniform() -> Claim:
    runs = _deconvolutions("uniform")

    def measure() -> tuple[str, str, str, dict[str, float]]:
        test, train = _finals(runs, "test_accuracy"), _finals(runs, "train_accuracy")
        # The figure of the paper is the best of 324 runs of full length, chosen on the test part.
        holds = "no" if max(test) == 1 else "yes" if max(test) >= 0.8 else "in part"
        return (
            f"test accuracy at most {_percent(max(test))}, train at most {_percent(max(train))}",
            _lengths(runs),
            holds,
            {"best_test": max(test), "lowest_test": min(test), "best_train": max(train)},
        )

    says = "A deconvolution never gets the uniform split's test part right, however it is tuned"
    return _made("C1", says, "best of 324 runs about 86 %", runs, measure)


def _deconvolution_on_quadrant() -> Claim:
    runs = _deconvolutions("quadrant")

    def measure() -> tuple[str, str, str, dict[str, float]]:
        test, train = _finals(runs, "test_accuracy"), _finals(runs, "train_accuracy")
        holds = "yes" if max(test) <= 0.02 else "in part" if max(test) <= 0.1 else "no"
        return (
            f"test accuracy {_percent(min(test))} to {_percent(max(test))}, "
            f"train at least {_percent(min(train))}",
            _lengths(runs),
            holds,
            {"best_test": max(test), "lowest_test": min(test), "lowest_train": min(train)},
        )

    says = "On the quadrant split a deconvolution doesn't generalise at all"
    return _made("C2", says, "0", runs, measure)


def _coordconvs() -> dict[str, list[Run]]:
    return {s: _runs("classification", f"coordconv-{s}-") for s in _SPLITS}


def _coordconv_is_perfect() -> Claim:
    by_split = _coordconvs()
    runs = _together(by_split)

    def measure() -> tuple[str, str, str, dict[str, float]]:
        said, holds, figures = _perfection(by_split, "accuracy")
        worst = min(_finals(runs, "test_accuracy"))
        return (
            f"at 100 % train and test: {said}; worst test {_percent(worst)}",
            f"{_each(by_split, 'seeds')}, their recipe settled with a look at test",
            holds,
            {**figures, "worst_test": worst},
        )

    says = "CoordConv is perfect on the train and test part of both splits"
    return _made("C3", says, "100 %", runs, measure)


def _faster() -> Claim:
    coordconv, deconv = _coordconvs()["uniform"], _papers_deconvolutions("uniform")
    runs = [*deconv, *coordconv] if coordconv and deconv else []

    def measure() -> tuple[str, str, str, dict[str, float]]:
        best = max(deconv, key=lambda run: run.final["test_accuracy"])
        steps = best.step / statistics.median(run.step for run in coordconv)
        # Both have the same train part: as many times the epochs, as many times the examples.
        epochs = [run.final["epoch"] for run in coordconv]
        examples = best.final["epoch"] / statistics.median(epochs)
        whole = best.recipe["epochs"] / best.final["epoch"]
        # Bounds from below, as long as the deconvolution is not there: what never arrives has no
        # time of arrival.
        bounds = {"steps": steps, "examples": examples}
        least = min(bounds.values())
        return (
            f"more than {steps:.0f}× in steps, {examples:.0f}× in examples: the deconvolution was "
            f"stopped at {_percent(best.final['test_accuracy'])} test; {whole * steps:.0f}× and "
            f"{whole * examples:.0f}× at the paper's length",
            f"median of {len(coordconv)} seeds against the best of {len(deconv)} networks",
            "yes" if least >= 150 else "in part" if least > 1 else "no",
            {**bounds, **{f"{name}_at_full_length": whole * n for name, n in bounds.items()}},
        )

    says = "CoordConv trains 150 times faster"
    return _made("C4", says, "150×", runs, measure)


def _smaller() -> Claim:
    def parameters(network: str, **options: int) -> int:
        made = classification.build(network, **options)
        return sum(p.numel() for p in made.parameters())

    ours = parameters("coordconv")
    sizes = [
        parameters("deconv", multiplier=m, filter_size=f) for m in (1, 2, 3) for f in (2, 3, 4)
    ]
    ratios = sorted(size / ours for size in sizes)
    within = sum(10 <= ratio <= 100 for ratio in ratios)
    return Claim(
        "C5",
        "CoordConv has 10 to 100 times fewer parameters",
        "10–100×",
        f"{ours:,} against {min(sizes):,} to {max(sizes):,}: {ratios[0]:.0f}× to {ratios[-1]:.0f}×",
        f"counted; {within} of the paper's {len(sizes)} deconvolutions lie within 10–100×",
        "yes" if within == len(sizes) else "in part" if within else "no",
        {
            "parameters": ours,
            "smallest_ratio": round(ratios[0], 2),
            "largest_ratio": round(ratios[-1], 1),
        },
        command="coordlib sweep classification-deconv --dry-run",
    )


def _mistakes_are_local() -> Claim:
    runs = _deconvolutions("uniform")

    def measure() -> tuple[str, str, str, dict[str, float]]:
        # A right answer is 0 pixels off, so the mean over the wrong ones follows from the two.
        wrong = [run for run in runs if run.final["test_accuracy"] < 1]
        if not wrong:
            return "none makes a mistake", _lengths(runs), "no", {}
        off = [r.final["test_distance"] / (1 - r.final["test_accuracy"]) for r in wrong]
        return (
            f"where it is wrong, a deconvolution is {min(off):.2f} to {max(off):.2f} pixels off "
            "in the mean (of a canvas of 64)",
            _lengths(runs),
            "yes" if max(off) < 5 else "in part",
            {"least_pixels": min(off), "most_pixels": max(off)},
        )

    says = "On the uniform split a deconvolution's mistakes lie near the right pixel"
    return _made("C6", says, "", runs, measure)


def _deconvolution_renders() -> Claim:
    by_split = {s: _runs("rendering", "deconv-", split=s) for s in _SPLITS}
    runs = _together(by_split)

    def measure() -> tuple[str, str, str, dict[str, float]]:
        best = {split: max(_finals(each, "test_iou")) for split, each in by_split.items()}
        below = best["uniform"] <= 0.83 and best["quadrant"] <= 0.36
        imperfect = max(best.values()) < 0.999
        return (
            f"best test IOU {best['uniform']:.3f} uniform, {best['quadrant']:.3f} quadrant",
            f"{_each(by_split, 'runs')}, {_length(runs)}",
            "yes" if below else "in part" if imperfect else "no",
            {f"best_{split}": value for split, value in best.items()},
        )

    says = "A deconvolution can't paint the square perfectly, least of all on the quadrant split"
    return _made("C7", says, "IOU at most 0.83 and 0.36", runs, measure)


def _coordconv_renders() -> Claim:
    by_split = {s: _runs("rendering", f"coordconv-{s}-") for s in _SPLITS}
    runs = _together(by_split)

    def measure() -> tuple[str, str, str, dict[str, float]]:
        said, holds, figures = _perfection(by_split, "perfect")
        worst = min(_finals(runs, "test_iou"))
        return (
            f"every pixel of every picture right: {said}; worst mean test IOU {worst:.4f}",
            f"{_each(by_split, 'seeds')}, their recipe settled on others",
            holds,
            {**figures, "worst_test_iou": worst},
        )

    says = "CoordConv paints it perfectly on both splits, with at most 9,500 parameters"
    return _made("C8", says, "IOU 1 with many settings", runs, measure)


def _together(by_split: dict[str, list[Run]]) -> list[Run]:
    """All of them, or none if a split has none yet."""
    return [run for each in by_split.values() for run in each] if all(by_split.values()) else []


def _regressors(network: str) -> dict[str, list[Run]]:
    return {s: _runs("regression", f"{network}-{s}-") for s in _SPLITS}


def _pixels(each: Sequence[Run]) -> str:
    """The test part's mean distances: their median, lowest and highest."""
    values = _finals(each, "test_distance")
    least, most = (f"{n:.2g}" if n < 100 else f"{n:,.0f}" for n in (min(values), max(values)))
    return f"{statistics.median(values):.3g} px ({least} to {most})"


def _regression(
    id: str,
    says: str,
    paper: str,
    network: str,
    holds: Callable[[dict[str, list[float]]], str],
    recipe: str = "",
) -> Claim:
    """recipe: what else there is to know of how they were trained."""
    by_split = _regressors(network)
    runs = _together(by_split)

    def measure() -> tuple[str, str, str, dict[str, float]]:
        values = {split: _finals(each, "test_distance") for split, each in by_split.items()}
        figures = {}
        for split, each in values.items():
            figures[f"{split}_median"] = statistics.median(each)
            figures[f"{split}_worst"] = max(each)
        return (
            ", ".join(f"{split} {_pixels(by_split[split])}" for split in _SPLITS),
            _each(by_split, "seeds") + recipe,
            holds(values),
            figures,
        )

    return _made(id, says, paper, runs, measure)


def _fully_connected_regressor() -> Claim:
    def holds(values: dict[str, list[float]]) -> str:
        solved = max(values["uniform"]) < 1
        fails = 5 * max(values["uniform"]) < min(values["quadrant"])
        return "yes" if solved and fails else "in part" if solved or fails else "no"

    says = (
        "Back to (x, y), convolution + fully connected solves the uniform split, fails on the other"
    )
    return _regression("C9", says, "fails completely on quadrant", "conv_fc", holds)


def _pooling_regressor() -> Claim:
    by_split = _regressors("conv_pool")
    swept = _sweep("regression-conv", network="conv_pool", split="quadrant")
    seeds = _together(by_split)
    runs = [*seeds, *swept] if seeds and swept else []

    def measure() -> tuple[str, str, str, dict[str, float]]:
        ours = statistics.median(_finals(by_split["quadrant"], "test_distance"))
        settings = _finals(swept, "test_distance")
        limited, delicate = 2 < ours < 10, max(settings) > 5 * min(settings)
        return (
            ", ".join(f"{split} {_pixels(each)}" for split, each in by_split.items())
            + f"; quadrant at the paper's {len(swept)} settings {_pixels(swept)}",
            f"{_each(by_split, 'seeds')}; one seed a setting",
            "yes" if limited and delicate else "in part" if limited or delicate else "no",
            {
                "uniform_median": statistics.median(_finals(by_split["uniform"], "test_distance")),
                "quadrant_median": ours,
                "settings_best": min(settings),
                "settings_worst": max(settings),
            },
        )

    says = "Convolution + global pooling generalises in part on the quadrant split, and is delicate"
    return _made("C10", says, "about 5 px on quadrant", runs, measure)


def _coordconv_regressor() -> Claim:
    def holds(values: dict[str, list[float]]) -> str:
        below = [value < 1 for each in values.values() for value in each]
        return _nearly_all(sum(below), len(below))

    says = "With one CoordConv layer, 906 parameters solve both splits"
    recipe = "; the course's recipe, settled with a look at test (the released one: O2)"
    return _regression("C11", says, "solved", "coordconv", holds, recipe)


def _both_directions() -> Claim:
    painters = _deconvolutions("quadrant")
    readers = [*_regressors("conv_fc")["quadrant"], *_regressors("conv_pool")["quadrant"]]
    runs = [*painters, *readers] if painters and readers else []

    def measure() -> tuple[str, str, str, dict[str, float]]:
        best, nearest = (
            max(_finals(painters, "test_accuracy")),
            min(_finals(readers, "test_distance")),
        )
        return (
            f"quadrant split: best deconvolution {_percent(best)}, best regressor without "
            f"coordinates {nearest:.1f} px",
            f"{len(painters)} and {len(readers)} runs",
            ("no", "in part", "yes")[(best < 0.1) + (nearest > 1)],
            {"best_test_accuracy": best, "least_pixels": nearest},
        )

    says = "Both directions are hard for convolution"
    return _made("C12", says, "", runs, measure)


def _equals_a_convolution() -> Claim:
    torch.manual_seed(0)
    layer = CoordConv2d(3, 5, 3, padding=1).double()
    with torch.no_grad():
        layer.coordinate_weight.zero_()
    pictures = torch.randn(4, 3, 12, 17, dtype=torch.float64)
    plain = F.conv2d(pictures, layer.feature_weight, layer.bias, padding=1)
    same = torch.allclose(layer(pictures), plain, rtol=0, atol=1e-12)
    return Claim(
        "C13",
        "With zero coordinate weights CoordConv is an ordinary convolution",
        "exactly",
        "the same to rounding (1e-12 in float64)" if same else "differs",
        "random pictures, 12 × 17",
        "yes" if same else "no",
        command="coordlib claims --check",
    )


def _costs_little() -> Claim:
    extra = 2 * 64 * 9
    weights = CoordConv2d(64, 64, 3).weight.numel() - torch.nn.Conv2d(64, 64, 3).weight.numel()
    path = records.data_folder() / "benchmarks" / "layers.json"
    timed = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"timings": []}
    ratios = [t["ratio"] for t in timed["timings"] if t["form"] == "CoordConv2d"]
    joined = [t["ratio"] for t in timed["timings"] if t["form"] == "concatenating"]
    if ratios:
        measured = (
            f"; time / nn.Conv2d {min(ratios):.2f} to {max(ratios):.2f} "
            f"(concatenating: {min(joined):.2f} to {max(joined):.2f})"
        )
        spread = f"{len(ratios)} timings on {timed['threads']} cores"
        little = max(ratios) < 1.3
    else:
        measured, spread, little = "; time not recorded", "counted", False
    return Claim(
        "C14",
        "It costs d · c′ · k² weights, and little time",
        "d · c′ · k²",
        f"{weights:,} = {extra:,} weights for 64 channels, 3 × 3{measured}",
        spread,
        ("no", "in part", "yes")[(weights == extra) + little],
        {f"time_{n}": ratio for n, ratio in enumerate(ratios)},
        command="coordlib bench layers",
    )


def _as_much_as_needed() -> Claim:
    shape, side = (_runs("shapes", f"{question}-") for question in ("shape", "side"))
    runs = [*shape, *side] if shape and side else []

    def measure() -> tuple[str, str, str, dict[str, float]]:
        idle, used = _finals(shape, "first_ratio"), _finals(side, "first_ratio")
        apart = max(idle) < min(used)
        return (
            "the first layer's coordinate weights keep "
            f"{_percent(statistics.mean(idle))} of the others' size where position doesn't matter, "
            f"{_percent(statistics.mean(used))} where it does",
            f"{len(shape)} seeds each; {min(idle):.2f} to {max(idle):.2f} against "
            f"{min(used):.2f} to {max(used):.2f}",
            # Smaller, but never nothing: leaning towards invariance is not invariance.
            "in part" if apart else "no",
            {"idle_mean": statistics.mean(idle), "used_mean": statistics.mean(used)},
        )

    says = "It learns as much dependence on position as the task needs"
    return _made("C15", says, "", runs, measure)


def _is_it_convolution() -> Claim:
    runs = _sweep("controls")

    def measure() -> tuple[str, str, str, dict[str, float]]:
        figures, seeds = {}, set()
        for network in dict.fromkeys(run.settings["network"] for run in runs):
            for split in _SPLITS:
                each = [
                    run.final["test_accuracy"]
                    for run in runs
                    if (run.settings["network"], run.settings["split"]) == (network, split)
                ]
                if each:
                    figures[f"{network}_{split}"] = statistics.mean(each)
                    seeds.add(len(each))
        solved = {name for name, value in figures.items() if value >= 0.99}
        seconds = sorted(run.seconds for run in runs)
        uniform, quadrant = (
            ", ".join(
                f"{name.removesuffix('_' + split).replace('_', ' ')} {100 * value:.0f}"
                for name, value in figures.items()
                if name.endswith(split)
            )
            for split in _SPLITS
        )
        only = solved == {f"coordconv_{split}" for split in _SPLITS}
        return (
            f"mean test accuracy in %, uniform: {uniform}; quadrant: {quadrant}",
            f"{min(seeds)} seeds each, {seconds[0]:.0f} to {seconds[-1]:.0f} s of one core a run",
            "yes" if only else "in part",
            figures,
        )

    says = "Of seven networks trained for a minute or two, only CoordConv solves the puzzle"
    return _made("O1", says, "compares two of them", runs, measure, "coordlib sweep controls")


def _the_papers_settings() -> Claim:
    perfect: dict[str, Callable[[Run], bool]] = {
        "classification": lambda run: (
            run.final["train_accuracy"] == run.final["test_accuracy"] == 1
        ),
        "rendering": lambda run: run.final["train_perfect"] == run.final["test_perfect"] == 1,
        "regression": lambda run: run.final["test_distance"] < 1,
    }
    grids = {task: _sweep(f"{task}-coordconv") for task in perfect}
    whole = {task: each for task, each in grids.items() if len(each) == _SETTINGS[task]}
    runs = [run for each in whole.values() for run in each]

    def measure() -> tuple[str, str, str, dict[str, float]]:
        solved = {task: sum(map(perfect[task], each)) for task, each in whole.items()}
        said = [f"{task} {number} of {len(whole[task])}" for task, number in solved.items()]
        said += [f"{task} not recorded" for task in grids if task not in whole]
        # In each task: many runs of one don't make up for another.
        each = [_nearly_all(number, len(whole[task])) for task, number in solved.items()]
        half = sum(solved.values()) >= len(runs) / 2
        holds = "yes" if set(each) == {"yes"} else "in part" if half else "no"
        return (
            f"solved: {', '.join(said)}",
            "one seed, the released recipes as we read them, last evaluation",
            holds if whole == grids else "not measured",
            {f"solved_{task}": number for task, number in solved.items()},
        )

    says = "At nearly all settings in the released logs CoordConv solves its task"
    first = next(iter(whole), "")
    return _made("O2", says, "", runs, measure, f"coordlib sweep {first}-coordconv")
