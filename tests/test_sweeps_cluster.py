"""Sweeps on a real Ray cluster of two nodes on this machine, of which one dies."""

import json
import signal
import socket
import sys
import threading

import pytest
import torch

from coordlib import cli, records
from coordlib.sweeps import cluster, grids
from coordlib.sweeps.work import Ended, Job, Lost, Options, do
from tests.test_sweeps import YEAR, age

ray = pytest.importorskip("ray")
from ray.cluster_utils import Cluster  # noqa: E402

GRID = {
    "task": "classification",
    "scale": "smoke",
    "seeds": [0, 1, 2],
    "fixed": {"network": "deconv", "split": "uniform", "epochs": 50, "evaluate_every": 25},
}
CONFIGURATIONS = grids.configurations(GRID)
NAMES = [each.name for each in CONFIGURATIONS]


@pytest.fixture
def grid(tmp_path):
    path = tmp_path / "small.json"
    path.write_text(json.dumps(GRID))
    return str(path)


@pytest.fixture
def two_nodes(monkeypatch):
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setattr(cluster, "TIMEOUT", 120.0)
    node = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
    node["include_log_monitor"] = False  # a node gives itself 15 seconds to start: nothing extra
    head = {**node, "include_dashboard": False, "no_monitor": True}
    made = Cluster(initialize_head=True, head_node_args=head)
    yield made, made.add_node(**node)
    ray.shutdown()
    made.shutdown()


def test_when_a_node_dies_its_run_goes_on_elsewhere(two_nodes, grid, tmp_path, monkeypatch, capsys):
    nodes, other = two_nodes
    out = tmp_path / "out"
    heard = []

    class Watched(cluster.Workers):
        """Kills a node as soon as there is a checkpoint of each of two runs."""

        killed = False

        def start(self, job):
            for each in job.configurations:
                age(out / each.name)
            super().start(job)

        def wait(self, seconds):
            messages = super().wait(seconds)
            heard.extend((job.name, message) for job, message in messages)
            if not self.killed and len(list(out.glob("*/checkpoint.safetensors"))) == 2:
                self.killed = True
                nodes.remove_node(other, allow_graceful=False)
            return messages

    monkeypatch.setattr(cluster, "Workers", Watched)
    words = ["sweep", grid, "--out", str(out), "--checkpoint-seconds", "0.2"]
    assert cli.main([*words, "--ray", nodes.address]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["finished"] == 3

    lost = [name for name, message in heard if isinstance(message, Lost)]
    assert len(lost) == 1 and "its worker has died; it goes on with another" in said.err
    ended = [name for name, message in heard if isinstance(message, Ended)]
    assert sorted(ended) == sorted(NAMES)  # nothing lost, nothing twice

    whole = tmp_path / "whole"
    threads = torch.get_num_threads()
    for each in CONFIGURATIONS:
        do(Job((each,)), whole, Options(grid), lambda _: None, threading.Event())
    torch.set_num_threads(threads)
    for name in NAMES:
        ours, theirs = records.load(out / name), records.load(whole / name)
        assert ours.finished and ours.step == theirs.step
        assert ours.history["train_loss"] == theirs.history["train_loss"]
        files = [folder / name / "weights.safetensors" for folder in (out, whole)]
        same = files[0].read_bytes() == files[1].read_bytes()
        assert same  # pytest would take minutes to show where they differ
        assert not (out / name / "checkpoint.safetensors").exists()
        assert (ours.seconds > YEAR) == (name == lost[0])  # from the checkpoint, not anew


def test_ctrl_c_keeps_what_has_arrived_and_the_next_sweep_goes_on(
    two_nodes, grid, tmp_path, monkeypatch, capsys
):
    nodes, _ = two_nodes
    out = tmp_path / "out"

    class Watched(cluster.Workers):
        """Presses Ctrl-C once, as soon as there are two checkpoints."""

        pressed = False

        def wait(self, seconds):
            messages = super().wait(seconds)
            if not Watched.pressed and len(list(out.glob("*/checkpoint.safetensors"))) == 2:
                Watched.pressed = True
                signal.raise_signal(signal.SIGINT)
            return messages

    monkeypatch.setattr(cluster, "Workers", Watched)
    words = ["sweep", grid, "--out", str(out), "--checkpoint-seconds", "0.2"]
    words += ["--ray", nodes.address]
    assert cli.main(words) == 130
    kept = {path.parent.name for path in out.glob("*/checkpoint.safetensors")}
    assert len(kept) == 2
    for name in kept:
        age(out / name)

    assert cli.main(words) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["finished"] == 3
    assert {name for name in NAMES if records.load(out / name).seconds > YEAR} == kept


def test_a_job_that_no_node_can_do_is_refused(two_nodes, grid, tmp_path, capsys):
    words = ["sweep", grid, "--out", str(tmp_path / "out"), "--ray", two_nodes[0].address]
    assert cli.main([*words, "--threads", "64"]) == 2
    assert "ask for 64 CPU a job; no node of the cluster has that" in capsys.readouterr().err


@pytest.mark.parametrize("listening", [True, False])
def test_an_address_that_does_not_answer_is_said_after_a_while(
    grid, tmp_path, monkeypatch, capsys, listening
):
    monkeypatch.setattr(cluster, "TIMEOUT", 4.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        if not listening:
            server.close()
        words = ["sweep", grid, "--out", str(tmp_path / "out"), "--ray", address]
        assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert f"--ray got '{address}', where no Ray cluster answers within 4 seconds" in said
    assert "ray start --head" in said


def test_an_address_of_another_kind_is_refused_at_once(grid, tmp_path, capsys):
    words = ["sweep", grid, "--out", str(tmp_path / "out"), "--ray", "ray://127.0.0.1:10001"]
    assert cli.main(words) == 2
    assert "--ray takes `auto` or HOST:PORT" in capsys.readouterr().err


def test_a_device_of_another_kind_is_refused_at_once(grid, tmp_path, capsys):
    words = ["sweep", grid, "--out", str(tmp_path / "out"), "--ray", "auto", "--device", "gpu"]
    assert cli.main(words) == 2
    assert "--device got 'gpu'; it takes cpu or cuda" in capsys.readouterr().err


def test_a_missing_ray_names_the_extra_and_the_command(grid, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)  # what makes `import ray` fail
    assert cli.main(["sweep", grid, "--out", str(tmp_path / "out"), "--ray", "auto"]) == 2
    said = capsys.readouterr().err
    assert "the extra 'sweeps'" in said and 'pip install ".[sweeps]"' in said
