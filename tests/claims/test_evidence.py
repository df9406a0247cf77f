"""Which recorded runs count."""

from tests.claims.made import add_to_sweep, of
from tests.test_records import run


def test_a_run_without_an_evaluation_says_nothing_and_a_sweep_counts_finished_runs(data):
    stopped = data / "runs" / "rendering" / "deconv-uniform-seed0"
    settings = {"split": "uniform"}
    run(stopped, task="rendering", settings=settings, history={}, finished=False).save()
    add_to_sweep(data, "controls", "half", 45, {"network": "deconv"}, finished=False)
    assert of("C7").holds == of("O1").holds == "not measured"
