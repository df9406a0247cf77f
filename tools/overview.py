"""Draw the README's figures from two recorded runs: `python -m tools.overview`."""

from __future__ import annotations

from matplotlib.colors import LinearSegmentedColormap

from coordlib import plots, recording, records
from coordlib.tasks import classification
from coordlib.widgets import Probe
from tools import ROOT

FIGURES = ROOT / "data" / "figures"
RUNS = {
    "Conv": ("deconv-m2-fs2-quadrant-seed0", plots.CONV),
    "CoordConv": ("coordconv-quadrant-seed0", plots.COORDCONV),
}


def main() -> None:
    """Draw and save the figures."""
    FIGURES.mkdir(parents=True, exist_ok=True)
    fig, axes = plots.figure(columns=3, width=9.0, height=3.6)
    networks = {}
    for panel, (name, (folder, colour)) in zip(axes[1:], RUNS.items(), strict=True):
        run = records.load(records.data_folder() / "runs" / "classification" / folder)
        experiment = recording.restore(run)
        networks[name] = experiment.network
        maps = classification.probability_maps(experiment.network, experiment.split.test)
        # Each test position should get a probability of 1: what is more than 2 is as dark as 2.
        title = f"{name}: {run.final['test_accuracy']:.0%} right"
        ink = LinearSegmentedColormap.from_list("ink", ["white", colour, "k"])
        plots.show_canvas(panel, maps.sum(0).numpy(), title, largest=2, ink=ink)
    plots.show_split(axes[0], experiment.split, "train light, test dark")
    (FIGURES / "overview.png").write_bytes(plots.png(fig))
    probe = Probe(networks, experiment.split)
    (FIGURES / "probe.png").write_bytes(plots.png(probe.still()))


if __name__ == "__main__":
    main()
