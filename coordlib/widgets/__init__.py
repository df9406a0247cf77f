"""What a notebook lets the student touch.

Each widget has a Python file and the JavaScript beside it, which runs in JupyterLab, in Colab and
on a page without a kernel. All of them work by pointer and by keyboard, and leave a still picture
in the saved notebook.
"""

from coordlib.widgets.detector import DetectorSteps
from coordlib.widgets.drawing import DigitCanvas
from coordlib.widgets.full_training import full_size
from coordlib.widgets.live import LiveTraining
from coordlib.widgets.painter import HoldOutPainter
from coordlib.widgets.plane import PlaneEditor
from coordlib.widgets.prediction import Prediction
from coordlib.widgets.probe import Probe
from coordlib.widgets.replay import Replay
from coordlib.widgets.slicer import SweepSlicer
from coordlib.widgets.walking import LatentWalk

__all__ = [
    "DetectorSteps",
    "DigitCanvas",
    "HoldOutPainter",
    "LatentWalk",
    "LiveTraining",
    "PlaneEditor",
    "Prediction",
    "Probe",
    "Replay",
    "SweepSlicer",
    "full_size",
]
