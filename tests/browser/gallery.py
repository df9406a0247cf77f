"""A cell for each of the widgets, for what has to hold of all of them."""

from __future__ import annotations

SETUP = """import torch
from coordlib import datasets, records
from coordlib.recipes import Recipe
from coordlib.tasks import classification
from coordlib.widgets import *
split = datasets.split("quadrant", 16, 3)
network = classification.build("deconv", 16)
experiment = classification.Experiment(network, split)
maps = lambda: classification.probability_maps(network, split.test[:4])
dots = torch.zeros(32, 32)
dots[2::7, 2::7] = 1
runs = records.shipped("classification")
runs = [run for run in runs if run.folder.name.startswith("lesson-")]"""

LIVE = """live = LiveTraining(experiment, Recipe(epochs={epochs}), picture=maps, mark_size=3,
                    captions=["first", "second", "third", "fourth"], marks=split.test[:4])
live.wait()"""

CHANGEABLE = """def build(filter_size):
    network = classification.build("deconv", 16, filter_size=filter_size)
    return classification.Experiment(network, split)

maps_of = lambda it: classification.probability_maps(it.network, split.test[:4])
live = LiveTraining(build, Recipe(epochs={epochs}), choices={{"filter_size": (2, 3)}},
                    picture=maps_of, captions=["a", "b", "c", "d"])
live.wait()"""

WIDGETS = {
    "prediction": 'guess = Prediction("How much will it get right?", 0, 100, unit="%")\nguess',
    "choices": 'which = Prediction("Which is smaller?", choices=["Conv", "CoordConv"])\nwhich',
    "painter": "painter = HoldOutPainter()\npainter",
    "live": LIVE.format(epochs=3),
    "changeable": CHANGEABLE.format(epochs=3),
    "probe": "probe = Probe({'Conv': network, 'CoordConv': classification.build('coordconv', 16)}, "
    "split)\nprobe",
    "plane": "editor = PlaneEditor(dots, 1.0, 0.5, -0.7)\neditor",
    "slicer": """slicer = SweepSlicer(
    runs,
    {
        "network": lambda run: run.settings["network"],
        "split": lambda run: run.settings["split"],
        "L2": lambda run: run.recipe["l2"],
    },
    {"test (%)": lambda run: 100 * run.final["test_accuracy"]},
)
slicer""",
    "detector": """from coordlib.tasks import detection
from coordlib.tasks.detection.anchors import decode
fields = datasets.scatter(datasets.load_digits("mnist", "test"), 2)
anchors = detection.anchors()
scores, moves = detection.proposal_network("none", "valid", seed=0)(fields.images / 255)
detector = DetectorSteps(
    fields.images, anchors, scores.softmax(2)[:, :, 0], decode(moves, anchors), fields.boxes
)
detector""",
    "walking": """paint = lambda latents: datasets.scenes(len(latents), side=16).images / 255
ends = torch.zeros(2, 1), torch.ones(2, 1)
walking = LatentWalk({"Conv": (paint, *ends), "CoordConv": (paint, *ends)}, objects=2, frames=8)
walking""",
    "replay": """frames = torch.arange(20 * 64).remainder(256).byte().view(20, 8, 8)
captions = [f"right, score {n}" for n in range(20)]
replay = Replay({"plain": (frames, captions), "CoordConv": (frames[:9], captions[:9])})
replay""",
    "drawing": """find = lambda picture: ([[8.0, 8, 40, 50], [2, 2, 20, 20]], [0.9, 0.4])
field = torch.zeros(64, 64, dtype=torch.uint8)
field[10:48, 10:14] = 255
canvas = DigitCanvas({"Conv": find, "CoordConv": find}, field, digits=field[None, :28, :28])
canvas""",
}
CELLS = (SETUP, *WIDGETS.values())
