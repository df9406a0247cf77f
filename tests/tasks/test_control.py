"""The control: arms that start alike, pictures as asked for, honest measures."""

import dataclasses
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torchvision import models
from torchvision.datasets import cifar

from coordlib import cli, records, storage, training
from coordlib.datasets import WORLDS, digits, load_digits
from coordlib.networks import coordinate_ratio
from coordlib.tasks import control
from coordlib.tasks.control.networks import NETWORKS, STEMS, resnet18
from coordlib.tasks.control.recognition import Recognition

CPU = torch.device("cpu")


def smoke(network="small", **changes):
    settings, recipe = control.preset(network, scale="smoke", **changes)
    return settings.experiment(0, CPU), recipe


def build(network, seed=0, **changes):
    return control.preset(network, **changes)[0].build(seed)


def size(network):
    return sum(each.numel() for each in network.parameters())


# Networks.


@pytest.mark.parametrize(
    ("network", "first"), [("small", 16 * 9), ("resnet18", 64 * 9), ("resnet50", 64 * 49)]
)
def test_the_stem_is_the_papers(network, first):
    """Six channels to eight, 56 weights; and each filter behind it takes five channels more."""
    none, told, plain = (size(build(network, stem=stem)) for stem in STEMS)
    assert told - none == 56 + 5 * first
    assert told - plain == 3 * 8


def test_a_resnet50_gets_as_many_weights_more_as_the_papers():
    assert size(build("resnet50")) == size(models.resnet50(num_classes=10))
    assert size(build("resnet50", stem="coordconv")) - size(build("resnet50")) == 56 + 15_680


def test_resnet18_is_torchvisions_with_cifars_stem():
    theirs = models.resnet18(num_classes=10)
    theirs.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    theirs.maxpool = nn.Identity()
    ours = resnet18(3, 10, 64)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        if other.ndim == 4 and other.shape[1] > 3:  # its first is not torchvision's
            assert one.std().item() == pytest.approx(other.std().item(), rel=0.1)
    values = theirs.state_dict().values()
    ours.load_state_dict(dict(zip(ours.state_dict(), values, strict=True)))
    pictures = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(ours.eval()(pictures), theirs.eval()(pictures))


@pytest.mark.parametrize("network", NETWORKS)
def test_the_arms_of_a_seed_start_alike(network):
    none, told, plain = (build(network, 3, stem=stem) for stem in STEMS)
    first, *rest = none.body.state_dict().items()
    assert told.body.state_dict()[first[0]].shape[1] == 8
    for name, value in rest:
        assert torch.equal(value, told.body.state_dict()[name]), name
    for name, value in told.body.state_dict().items():
        assert torch.equal(value, plain.body.state_dict()[name]), name
    assert torch.equal(told.stem.feature_weight, plain.stem.weight)
    assert torch.equal(told.stem.bias, plain.stem.bias)
    assert coordinate_ratio(told.stem) == pytest.approx(1, abs=0.5)


def test_the_seed_decides_how_a_network_starts():
    one, same, other = (build("small", seed, stem="coordconv").state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(value, same[name]) for name, value in one.items())
    assert not torch.equal(one["stem.weight"], other["stem.weight"])


@pytest.mark.parametrize("padding", ["circular", "zeros"])
def test_only_circular_padding_makes_the_small_network_place_free(padding):
    network = build("small", padding=padding).eval()
    pictures = torch.rand(4, 1, 32, 32)
    with torch.no_grad():
        here, there = network(pictures), network(pictures.roll((8, -4), (2, 3)))
    assert torch.allclose(here, there, atol=1e-5) == (padding == "circular")


def test_a_blind_network_sees_the_average_place_everywhere():
    network = build("small", stem="coordconv", padding="circular").eval()
    pictures = torch.rand(4, 1, 32, 32)
    moved = pictures.roll((8, -4), (2, 3))
    with torch.no_grad():
        assert not torch.allclose(network(pictures), network(moved), atol=1e-4)
        blind = network.forward_blind(pictures)
        assert torch.allclose(blind, network.forward_blind(moved), atol=1e-5)
        # x and y are 0 on average; r is not.
        network.stem.coordinate_weight[:, 2:] = 0
        network.stem.coordinate_weight[:, :2] *= 100
        again = network.forward_blind(pictures)
        network.stem.coordinate_weight.zero_()
        assert torch.allclose(again, network(pictures), atol=1e-4)


# Measures.


class Stub(Recognition):
    """An experiment whose network says what it is given."""

    def __init__(self, scores, labels):
        self.network = nn.Identity()
        self.network.stem = nn.Identity()
        self.given = list(zip(scores.split(3), labels.split(3), strict=True))

    def test_batches(self):
        return iter(self.given)


def test_measures_are_of_all_pictures_however_they_are_batched():
    scores, labels = torch.randn(10, 8), torch.randint(8, (10,))
    measured = Stub(scores, labels).evaluate()
    assert measured["test_loss"] == pytest.approx(F.cross_entropy(scores, labels).item())
    assert measured["test_accuracy"] == (scores.argmax(1) == labels).sum().item() / 10
    ranks = (scores > scores.gather(1, labels[:, None])).sum(1)
    assert measured["test_top5"] == pytest.approx((ranks < 5).sum().item() / 10)


def test_five_kinds_have_no_top_five():
    measured = Stub(torch.randn(4, 5), torch.randint(5, (4,))).evaluate()
    assert set(measured) == {"test_loss", "test_accuracy"}


def test_a_network_gets_grey_pictures_as_the_train_pictures_are_on_average():
    experiment, _ = smoke(pictures="fashion")
    given = experiment.as_input(experiment.train.images)
    assert given.shape == (16, 1, 28, 28)
    assert given.mean().item() == pytest.approx(0, abs=1e-4)
    assert given.std().item() == pytest.approx(1, abs=1e-4)


# Pictures in memory.


@pytest.mark.parametrize("pictures", [*WORLDS, "mnist", "fashion"])
@pytest.mark.parametrize("stem", STEMS)
def test_it_trains_and_measures_itself(pictures, stem):
    experiment, recipe = smoke(pictures=pictures, stem=stem)
    measured = training.train(experiment, recipe, seed=0).history[-1].metrics
    told = {"blind_accuracy", "ratio"} if stem == "coordconv" else set()
    usual = {"train_accuracy", "test_loss", "test_accuracy", "test_top5"}
    assert measured.keys() == usual | told
    assert all(0 <= measured[name] <= 1 for name in measured.keys() - {"test_loss", "ratio"})


@pytest.mark.parametrize("network", ["resnet18", "resnet50"])
def test_a_resnet_trains_on_small_pictures(network):
    changes = {"width": 8} if network == "resnet18" else {}
    experiment, recipe = smoke(network, stem="coordconv", **changes)
    assert training.train(experiment, recipe, seed=0).finished


def test_several_are_trained_as_one_to_rounding():
    settings, recipe = control.preset("small", scale="smoke", stem="coordconv")
    members = [training.Member(settings.experiment(seed, CPU), recipe, seed) for seed in (0, 1)]
    together = training.train_together(members)
    alone = training.train(settings.experiment(1, CPU), recipe, seed=1)
    ours, theirs = (each.history[-1].metrics["test_loss"] for each in (together[1], alone))
    assert ours == pytest.approx(theirs, rel=1e-3)


def test_the_test_pictures_of_the_biased_world_lie_anywhere():
    parts = {}
    for pictures in ("biased", "irrelevant"):
        parts[pictures] = control.preset("small", pictures=pictures)[0].in_memory()
    (train, test), (fair, held_out) = parts["biased"], parts["irrelevant"]
    assert torch.equal(test.images, held_out.images)
    assert not torch.equal(train.images, fair.images)


def test_all_pictures_are_used_at_the_papers_scale_and_validation_keeps_some_out():
    usual = control.preset("small", scale="paper", pictures="fashion")[0]
    train, test = usual.in_memory()
    assert (len(train), len(test)) == (4_000, 1_000)
    kept, measured = dataclasses.replace(usual, measured="validation").in_memory()
    assert torch.equal(torch.cat((kept.images, measured.images)), train.images)
    assert len(measured) == 1_000


def test_a_digits_file_that_is_damaged_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(digits, "data_folder", lambda: tmp_path)
    (tmp_path / "digits").mkdir()
    (tmp_path / "digits" / "mnist.npz").write_bytes(b"something")
    with pytest.raises(storage.StorageError, match="mnist.npz is not a file of digits.*checksum"):
        smoke()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"stem": "conc"}, "stem got 'conc' .did you mean 'conv'"),
        ({"pictures": "imagenet"}, "pictures got 'imagenet'"),
        ({"folder": "here"}, "folder got 'here'; mnist takes '' alone"),
        ({"side": 64}, "side got 64; mnist takes 224 alone"),
        ({"width": 16}, "width got 16; small takes 64 alone"),
        ({"network": "resnet18", "padding": "circular"}, "padding got 'circular'; resnet18 takes"),
        ({"pictures": "folder"}, "folder is missing: where the pictures of folder lie"),
        ({"pictures": "cifar10"}, "folder is missing: where the pictures of cifar10 lie"),
        ({"pictures": "cifar10", "folder": "x", "side": 32}, "side got 32; cifar10 takes 224"),
        ({"pictures": "folder", "folder": "x", "measured": "validation"}, "measured got 'valid"),
        ({"pictures": "folder", "folder": "x", "train_pictures": 9}, "train_pictures got 9; fold"),
        ({"style": "released"}, "style got 'released'"),
        ({"scale": "huge"}, "scale got 'huge'"),
    ],
)
def test_what_does_not_go_together_is_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        control.preset(changes.pop("network", "small"), **changes)


def test_more_pictures_than_there_are_is_refused():
    settings = control.preset("small", pictures="fashion", train_pictures=4_001)[0]
    with pytest.raises(ValueError, match="train_pictures got 4,001; there are 4,000"):
        settings.in_memory()


# Pictures on disk.


@pytest.fixture
def folder(tmp_path):
    """A folder as ImageNet's: clothes of three kinds, in colour, some oblong."""
    clothes = load_digits("fashion", "test")
    for part, number in (("train", 6), ("val", 4)):
        for kind in range(3):
            inside = tmp_path / "pictures" / part / f"kind{kind}"
            inside.mkdir(parents=True)
            for n, image in enumerate(clothes.images[clothes.labels == kind][:number]):
                grey = Image.fromarray(image.numpy())
                grey.convert("RGB").resize((40, 28 + 4 * n)).save(inside / f"{n}.png")
    return tmp_path / "pictures"


def words(folder, out, network="small"):
    """A short run on a folder, but for its length and batch by the recipe of the paper's scale."""
    return [
        *("run", "control", "--network", network, "--stem", "coordconv", "--pictures", "folder"),
        *("--folder", str(folder), "--side", "32", "--scale", "paper", "--epochs", "2"),
        *("--batch-size", "9", "--threads", "1", "--precision", "float32", "--out", str(out)),
    ]


def test_a_resnet50_learns_a_folder_of_pictures(folder, tmp_path):
    assert cli.main(words(folder, tmp_path / "run", "resnet50")) == 0
    run = records.load(tmp_path / "run")
    assert run.finished and run.step == 2 * 18 / 9
    assert run.recipe["optimizer"] == "sgd" and run.recipe["momentum"] == 0.9
    assert run.final.keys() >= {"test_loss", "test_accuracy", "blind_accuracy", "ratio"}
    assert "test_top5" not in run.final


def test_two_processes_learn_a_folder_of_pictures(folder, tmp_path):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", "-m", "coordlib"]
    command += words(folder, tmp_path / "run", "resnet50")
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    run = records.load(tmp_path / "run")
    assert run.finished and run.step == 2 * 18 / 9 and run.machine["processes"] == 2


def test_a_run_on_a_folder_goes_on_as_if_it_had_not_been_stopped(folder, tmp_path):
    assert cli.main(words(folder, tmp_path / "whole")) == 0
    assert cli.main([*words(folder, tmp_path / "two"), "--pause-after", "1"]) == 130
    assert cli.main([*words(folder, tmp_path / "two"), "--resume"]) == 0
    whole, two = (records.load(tmp_path / name).final for name in ("whole", "two"))
    assert whole["test_loss"] == two["test_loss"]


def test_train_pictures_are_cut_at_random_and_test_pictures_are_not(folder):
    settings = control.preset("small", pictures="folder", folder=str(folder), side=32)[0]
    experiment = settings.experiment(0, CPU)
    picture, label = experiment.train_data[0]
    assert picture.shape == (3, 32, 32) and label == 0
    assert not torch.equal(picture, experiment.train_data[0][0])
    for (one, labels), (other, _) in zip(
        experiment.test_batches(), experiment.test_batches(), strict=True
    ):
        assert torch.equal(one, other) and labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_the_held_out_part_may_be_called_test(folder):
    (folder / "val").rename(folder / "test")
    experiment, _ = smoke(pictures="folder", folder=str(folder), side=32)
    assert sum(len(labels) for _, labels in experiment.test_batches()) == 12


def break_files(folder, number):
    for path in sorted((folder / "train").rglob("*.png"))[:number]:
        path.write_bytes(b"no picture")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda folder: (folder / "train").rename(folder / "t"), "takes a folder with train/ and"),
        (lambda folder: (folder / "val").rename(folder / "v"), r"folder got .*/val"),
        (
            lambda folder: [
                (folder / "train" / f"kind{n}").rename(folder / f"{n}") for n in (1, 2)
            ],
            "whose train/ has 1 folders; it takes one for each kind",
        ),
        (
            lambda folder: (folder / "val" / "kind1").rename(folder / "val" / "kind9"),
            "whose val/ has the kinds kind0, kind2, kind9; it takes those of train/: kind0, kind1",
        ),
        (
            lambda folder: [path.unlink() for path in (folder / "train" / "kind1").iterdir()],
            "Found no valid file for the classes kind1",
        ),
        (lambda folder: break_files(folder, 2), r"has 2 of 30 files .*kind0/0.png, .*kind0/1.png$"),
        (lambda folder: break_files(folder, 8), r"has 8 of 30 files .*kind0/4.png and 3 more$"),
    ],
)
def test_what_is_wrong_with_a_folder_is_named(folder, change, says):
    change(folder)
    with pytest.raises(ValueError, match=says):
        smoke(pictures="folder", folder=str(folder), side=32)


def test_a_picture_that_is_cut_short_is_named_when_its_turn_comes(folder):
    experiment, _ = smoke(pictures="folder", folder=str(folder), side=32)
    path = folder / "train" / "kind0" / "0.png"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(storage.StorageError, match=r"0\.png is not a picture, or it is damaged"):
        experiment.train_data[0]


def test_cifar10_is_read_where_torchvision_has_put_it(monkeypatch, tmp_path):
    monkeypatch.setattr(cifar, "check_integrity", lambda *_: True)
    inside = tmp_path / cifar.CIFAR10.base_folder
    inside.mkdir()
    for name, _ in (*cifar.CIFAR10.train_list, *cifar.CIFAR10.test_list):
        batch = {"data": np.zeros((4, 3072), np.uint8), "labels": [0, 1, 2, 9]}
        (inside / name).write_bytes(pickle.dumps(batch))
    kinds = pickle.dumps({"label_names": list("abcdefghij")})
    (inside / cifar.CIFAR10.meta["filename"]).write_bytes(kinds)
    settings, recipe = control.preset("small", pictures="cifar10", folder=str(tmp_path))
    experiment = settings.experiment(0, CPU)
    assert experiment.train_size == 20
    assert "test_top5" in training.train(experiment, recipe.changed(epochs=1)).history[-1].metrics


def test_cifar10_that_is_not_there_says_how_to_get_it(tmp_path):
    with pytest.raises(ValueError, match=r"no whole CIFAR-10; get it with: .*download=True"):
        smoke(pictures="cifar10", folder=str(tmp_path))


@pytest.mark.parametrize("scale", ["smoke", "lesson", "paper"])
def test_a_resnet50_has_the_recipe_that_is_usual_for_it(scale):
    _, recipe = control.preset("resnet50", scale=scale, pictures="folder", folder="anywhere")
    assert recipe.optimizer == "sgd" and recipe.batch_size == 256
    # The weight decay of 1e-4 is 2 · l2.
    assert 2 * recipe.l2 == 1e-4
    if scale == "paper":
        assert recipe.epochs == 90
        rates = [recipe.rate_at(step, 256 * 100) for step in range(9_000)]
        assert rates.index(max(rates)) == pytest.approx(500, abs=1)
