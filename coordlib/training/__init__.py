"""Training, for every task: a loop that can be watched, stopped and gone on with to the bit.

>>> result = train(experiment, recipe, seed=0)
>>> job = start(experiment, recipe, on_event=print)    # in the background
>>> job.stop()
"""

from coordlib.training.devices import (
    PRECISIONS,
    autocast,
    pick_device,
    pick_precision,
    pick_threads,
    processor_threads,
    usable_cores,
)
from coordlib.training.events import (
    DivergenceError,
    Evaluation,
    Event,
    Progress,
    RateChange,
    Result,
)
from coordlib.training.job import Job, check_idle, start
from coordlib.training.loop import train, train_together
from coordlib.training.member import Member, verify

__all__ = [
    "PRECISIONS",
    "DivergenceError",
    "Evaluation",
    "Event",
    "Job",
    "Member",
    "Progress",
    "RateChange",
    "Result",
    "autocast",
    "check_idle",
    "pick_device",
    "pick_precision",
    "pick_threads",
    "processor_threads",
    "start",
    "train",
    "train_together",
    "usable_cores",
    "verify",
]
