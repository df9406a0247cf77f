"""Photos for the GAN: which are taken, how they are cut, what is measured, what is refused."""

import shutil
import threading

import numpy as np
import pytest
import torch
from PIL import Image

from coordlib import cli, recording, records, storage, training
from coordlib.sweeps import grids
from coordlib.tasks import gan
from coordlib.tasks.gan.photos import FORMATS, photos

CPU = torch.device("cpu")
MEASURES = {"distance", "discriminator_loss", "generator_loss"}


@pytest.fixture
def folder(tmp_path):
    """Forty pictures, each of one grey of its own, here and in folders; and what is none."""
    inside = tmp_path / "photos"
    (inside / "beds" / "old").mkdir(parents=True)
    for number in range(40):
        place = inside / ("", "beds", "beds/old")[number % 3]
        Image.new("L", (20 + number, 30), 6 * number).save(place / f"{number}.png")
    (inside / "notes.txt").write_text("no picture")
    (inside / "beds" / ".7.png").write_bytes(b"what a system leaves")
    (inside / "beds" / "album.png").mkdir()
    return inside


def read(folder, number=100, held_out=10, side=16):
    return photos(str(folder), side=side, number=number, held_out=held_out)


def greys(part):
    """Which of the folder's pictures they are."""
    assert all(image.unique().numel() == 1 for image in part.images)
    return (part.images[:, 0, 0, 0] // 6).tolist()


def words(folder, *more):
    run = ["run", "gan", "--network", "coordconv", "--scale", "smoke", "--samples", "8"]
    return [*run, "--threads", "1", "--images", str(folder), *map(str, more)]


def smoke(folder, network="deconv", style="course", **changes):
    changes = {"images": str(folder), "samples": 8, **changes}
    settings, recipe = gan.preset(network, scale="smoke", style=style, **changes)
    return settings.experiment(0, CPU), recipe


# Which pictures.


def test_all_pictures_are_taken_at_any_depth_and_some_are_held_out(folder):
    train, real = read(folder)
    assert (len(train), len(real)) == (30, 10)
    assert train.images.shape == (30, 3, 16, 16) and train.images.dtype == torch.uint8
    assert sorted(greys(train) + greys(real)) == list(range(40))
    assert sorted(greys(real)) != list(range(10))


def test_of_more_than_are_asked_for_some_are_drawn_and_the_same_are_held_out(folder):
    (train, real), (few, same) = read(folder), read(folder, number=5)
    assert greys(few) == greys(train)[:5] and greys(real) == greys(same)


def test_the_same_pictures_are_drawn_wherever_the_folder_lies(folder, tmp_path):
    expected = [greys(part) for part in read(folder)]
    shutil.copytree(folder, tmp_path / "elsewhere" / "copy")
    assert [greys(part) for part in read(tmp_path / "elsewhere" / "copy")] == expected


@pytest.mark.parametrize("ending", [*FORMATS, ".JPG"])
def test_each_format_is_read(tmp_path, ending):
    for name in ("a", "b"):
        Image.new("RGB", (20, 20), (240, 120, 0)).save(tmp_path / f"{name}{ending}")
    colour = read(tmp_path, held_out=1)[0].images.float().mean((0, 2, 3))
    assert torch.allclose(colour, torch.tensor([240.0, 120.0, 0.0]), atol=3)


@pytest.mark.parametrize("size", [(64, 32), (32, 64), (16, 8), (200, 100)])
def test_the_shorter_side_is_scaled_and_the_middle_cut_out(tmp_path, size):
    """Of a white picture with a grey square as wide as it allows, and a black one half as wide."""
    short = min(size)
    picture = Image.new("L", size, 255)
    for wide, grey in ((short, 100), (short // 2, 0)):
        corner = (size[0] - wide) // 2, (size[1] - wide) // 2
        picture.paste(grey, (*corner, corner[0] + wide, corner[1] + wide))
    for name in ("a.png", "b.png"):
        picture.save(tmp_path / name)
    expected = torch.full((16, 16), 100.0)
    expected[4:12, 4:12] = 0
    found = read(tmp_path, held_out=1)[0].images[0, 0]
    assert (found - expected).abs().mean() < 15  # resampling blurs the edges


def test_a_photo_that_was_taken_upright_is_seen_upright(tmp_path):
    picture = Image.fromarray(np.repeat(np.array([[255], [0]], np.uint8), 8, 0).repeat(16, 1))
    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned by a quarter, clockwise
    for name in ("a.png", "b.png"):
        picture.save(tmp_path / name, exif=turned)
    found = read(tmp_path, held_out=1)[0].images[0, 0]
    assert found[:, 8:].eq(255).all() and found[:, :8].eq(0).all()


# In the game.


@pytest.mark.parametrize("style", ["course", "released"])
def test_it_learns_photos_and_measures_what_needs_no_objects(folder, style):
    experiment, recipe = smoke(folder, style=style, pictures=20)
    assert experiment.train_size == 20 and len(experiment.real) == len(experiment.latents) == 8
    result = training.train(experiment, recipe)
    assert result.finished and result.history[-1].metrics.keys() == MEASURES


def test_the_distance_is_that_from_the_photos_held_out(folder):
    experiment, _ = smoke(folder)
    shown = []
    for part in (experiment.real, experiment.train):
        images = part.images[:8] / 127.5 - 1
        experiment.samples = lambda latents, images=images: images
        shown.append(experiment.evaluate()["distance"])
    assert shown[0] == pytest.approx(0, abs=1e-6) and shown[1] > 0.01


def test_a_game_with_photos_goes_on_bit_for_bit(folder, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    (whole, recipe), (begun, _), (resumed, _) = (smoke(folder) for _ in range(3))
    recipe = recipe.changed(steps=20, evaluate_every=6)
    expected = training.train(whole, recipe, seed=3)
    stop, after = threading.Event(), begun.after_step

    def note():
        after()
        if begun.state()["step"] == 9:
            stop.set()

    begun.after_step = note
    assert training.train(begun, recipe, seed=3, stop=stop, checkpoint=path).step == 9
    found = training.train(resumed, recipe, seed=3, checkpoint=path)
    assert [each.metrics for each in found.history] == [each.metrics for each in expected.history]
    for name, each in whole.network.state_dict().items():
        assert torch.equal(each, resumed.network.state_dict()[name]), name


def test_a_recorded_run_is_read_where_its_folder_is_not(folder, tmp_path):
    out = tmp_path / "run"
    assert cli.main(words(folder, "--out", out)) == 0
    trained = recording.restore(records.load(out))
    painted = trained.samples(trained.latents)
    folder.rename(tmp_path / "moved")
    run = records.load(out)
    assert run.finished and run.settings["images"] == str(folder) and run.settings["objects"] == 0
    assert run.final.keys() == MEASURES | {"step", "epoch", "seconds"}
    network = gan.Settings.of(**run.settings).build(run.seed).eval()
    records.load_weights(out, network)
    assert torch.equal(network["average"](trained.latents).tanh(), painted)
    # What is measured is measured by the photos.
    with pytest.raises(ValueError, match="images got .*photos'; it takes a folder of pictures"):
        recording.restore(run)


def test_a_stopped_run_goes_on_by_the_same_command(folder, tmp_path):
    for out in ("whole", "two"):
        more = ["--pictures", 64, "--steps", 8, "--evaluate-every", 2, "--out", tmp_path / out]
        pause = ["--pause-after", 4] if out == "two" else []
        assert cli.main(words(folder, *more, *pause)) == (130 if pause else 0)
    assert cli.main(words(folder, *more, "--resume")) == 0
    one, other = (
        storage.load_tensors(tmp_path / out / "weights.safetensors")[0] for out in ("whole", "two")
    )
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    folder.rename(tmp_path / "moved")
    assert cli.main(words(tmp_path / "moved", *more, "--resume")) == 2  # it is another run


def test_a_run_is_called_after_the_folders_own_name(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(words(folder, "--steps", 1)) == 0
    (name,) = (tmp_path / "runs" / "gan").iterdir()
    assert name.name == "coordconv-images_photos-samples_8-smoke-seed0"


def test_a_sweep_over_folders_opens_no_picture_before_its_runs(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "others")
    (folder / "0.png").write_bytes(b"no picture")
    listed = grids.configurations(
        {
            "task": "gan",
            "scale": "smoke",
            "seeds": [0],
            "fixed": {"network": "deconv", "samples": 8, "pictures": 30},
            "axes": {"images": [str(folder), str(tmp_path / "others")]},
        }
    )
    assert [each.name for each in listed] == ["photos-seed0", "others-seed0"]
    assert [each.settings.images for each in listed] == [str(folder), str(tmp_path / "others")]


# What is refused.


def empty(folder):
    shutil.rmtree(folder)
    folder.mkdir()


def cut_short(folder):
    path = folder / "beds" / "1.png"
    path.write_bytes(path.read_bytes()[:50])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (shutil.rmtree, "images got .*photos'; it takes a folder of pictures"),
        (empty, r"images got .*photos', which has no picture at any depth; .*\.jpeg, \.jpg, \.png"),
        (
            lambda folder: shutil.rmtree(folder / "beds"),
            "which has 14 pictures; it takes more than the 14 that samples holds out",
        ),
        (
            lambda folder: (folder / "0.png").write_bytes(b"no picture"),
            r"images has a file that can't be read as a picture: .*0\.png \(cannot identify",
        ),
        (cut_short, r"images has a file that can't be read as a picture: .*beds.1\.png"),
    ],
)
def test_what_is_wrong_with_a_folder_is_named(folder, tmp_path, change, says):
    change(folder)
    with pytest.raises(ValueError, match=says):
        smoke(folder, samples=14)


def test_a_file_that_is_no_folder_is_refused_on_the_command_line(folder, tmp_path, capsys):
    assert cli.main(words(folder / "0.png", "--out", tmp_path / "run")) == 2
    assert "0.png'; it takes a folder of pictures" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"images": "here", "objects": 1}, "objects got 1; it takes 0: what images show isn't"),
        ({"objects": 0}, "objects got 0; it takes 1 or 2 without images"),
        ({"images": 3}, "images got 3; it takes a folder"),
    ],
)
def test_objects_are_of_scenes_alone(changes, says):
    with pytest.raises(ValueError, match=says):
        gan.preset("deconv", **changes)
