"""The GAN: the paper's networks, twins that start alike, turns as released, honest measures."""

import dataclasses
import itertools
import threading

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from coordlib import cli, recording, records, training
from coordlib.coordinates import AddCoords
from coordlib.datasets import scenes, signed
from coordlib.layers import CoordConv2d
from coordlib.networks import Broadcast, tile
from coordlib.recipes import Recipe
from coordlib.scene_metrics import position_entropy
from coordlib.storage import load_tensors
from coordlib.tasks import gan
from coordlib.tasks.gan.game import COUNTED, Game, Rules, players
from coordlib.tasks.gan.networks import DISCRIMINATORS, GENERATORS, discriminator, generator

CPU = torch.device("cpu")


def smoke(network="deconv", style="course", **changes):
    settings, recipe = gan.preset(network, scale="smoke", style=style, **changes)
    return settings.experiment(0, CPU), recipe


def size(network):
    return sum(each.numel() for each in network.parameters())


# Networks.


def test_the_networks_are_as_large_as_the_papers():
    """Claim C19: the CoordConv generator has 7 % of the other one's parameters."""
    found = {}
    for name in ("deconv", "coordconv"):
        settings, _ = gan.preset(name, discriminator="coordconv", scale="paper", style="released")
        network = settings.build(0)
        found[name] = size(network["generator"])
        assert size(network["discriminator"]) == 4_319_745
        plain = dataclasses.replace(settings, discriminator="plain").build(0)
        assert size(plain["discriminator"]) == 4_316_545
    assert found == {"deconv": 6_413_315, "coordconv": 444_931}
    assert round(100 * found["coordconv"] / found["deconv"]) == 7


@pytest.mark.parametrize("side", gan.SIDES)
@pytest.mark.parametrize("name", GENERATORS)
def test_a_generator_paints_the_canvas_full(name, side):
    latents = torch.randn(2, 5, generator=torch.Generator().manual_seed(0))
    painted = generator(name, 5, side, 4, 4)(latents)
    assert painted.shape == (2, 3, side, side)
    assert not torch.allclose(*painted)


@pytest.mark.parametrize("side", gan.SIDES)
@pytest.mark.parametrize("filter_size", [4, 5])
@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_a_discriminator_gives_a_logit_for_each_picture(name, filter_size, side):
    assert discriminator(name, side, 4, filter_size)(torch.randn(3, 3, side, side)).shape == (3,)


def test_only_with_a_hidden_layer_far_places_are_weighed_against_each_other():
    """What one corner adds to the logit depends on the opposite one, or not."""
    empty, one, other = torch.zeros(3, 1, 3, 32, 32)
    one[..., :4, :4] = 1
    other[..., -4:, -4:] = 1
    for hidden, together in ((0, False), (16, True)):
        judge = discriminator("plain", 32, 4, 4, hidden=hidden).double()
        scores = [judge(each.double()) for each in (one + other, one, other, empty)]
        apart = scores[1] + scores[2] - scores[3]
        assert torch.allclose(scores[0], apart, atol=1e-9) != together


@pytest.mark.parametrize("name", ["coordconv", "coordconv_3x3"])
def test_a_generators_first_layer_is_the_concatenating_one(name):
    made = generator(name, 5, 16, 8, 4).double()
    latents = torch.randn(3, 5, dtype=torch.double)
    results = []
    for paint in (made, concatenating(made)):
        painted = paint(latents)
        gradients = torch.autograd.grad(painted.square().sum(), list(made.parameters()))
        results.append([painted, *gradients])
    for ours, theirs in zip(*results, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5 * theirs.abs().max().item())


def concatenating(made):
    """The released form: latent numbers copied to each pixel, coordinates, and a convolution."""

    def paint(latents):
        joined = AddCoords()(tile(latents, made.grid))
        return made.body(F.conv2d(joined, made.first.weight, made.first.bias))

    return paint


def test_without_coordinates_zero_padding_tells_each_place_of_the_grid_where_it_is():
    twin = generator("conv_3x3", 5, 16, 16, 4)
    *told, untold = (Broadcast(twin.first, 8, twin.body[:end]) for end in (9, 7))
    latents = torch.randn(1, 5)
    places = [each(latents)[0].flatten(1).unique(dim=1).shape[1] for each in (*told, untold)]
    assert places == [64, 7 * 7]  # with one convolution less the middle is one place


def test_with_filters_of_one_pixel_a_generator_without_coordinates_paints_one_colour():
    made = generator("coordconv", 5, 16, 8, 4)
    first = nn.Conv2d(5, 16, 1)
    latents = torch.randn(2, 5)
    for layer, colours in ((first, 1), (made.first, 16**2)):
        painted = Broadcast(layer, 16, made.body[:-1])(latents)
        assert painted[0].flatten(1).unique(dim=1).shape[1] == colours


def test_twins_of_a_seed_differ_in_the_coordinate_weights_alone():
    twins = [generator(name, 5, 16, 8, 4, seed=3) for name in ("coordconv_3x3", "conv_3x3")]
    judges = [discriminator(name, 16, 8, 4, seed=3) for name in ("coordconv", "plain")]
    for told, plain in (twins, judges):
        widened = 0
        for ours, theirs in zip(told.parameters(), plain.parameters(), strict=True):
            widened += ours.shape != theirs.shape
            same = ours[:, : theirs.shape[1]] if ours.ndim > 1 else ours
            assert torch.equal(same, theirs)
        assert widened == 1
    other = generator("conv_3x3", 5, 16, 8, 4, seed=4)
    assert not torch.equal(twins[1].first.weight, other.first.weight)


def test_the_released_start_is_glorots_and_hes():
    options = {"initialisation": "released"}
    painter = generator("coordconv", 256, 64, 64, 5, **options)
    assert painter.first.weight.std().item() == pytest.approx((2 / 258) ** 0.5, rel=0.02)
    for network in (
        generator("deconv", 64, 16, 32, 5, **options),
        discriminator("plain", 16, 32, 5, **options),
    ):
        layer = network[-1] if isinstance(network[-1], nn.ConvTranspose2d) else network[0]
        fans = sum(layer.weight.shape[:2]) * 25
        assert layer.weight.abs().max().item() == pytest.approx((6 / fans) ** 0.5, rel=0.01)
        assert not layer.bias.any()


# The game.


class Flat(nn.Module):
    """A picture's logit is the sum of all its values, times a weight."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(0.01))

    def forward(self, pictures):
        return self.weight * pictures.sum((1, 2, 3))


class Painter(nn.Module):
    """Paints, whatever it is given, the pictures that it has, one after the other."""

    def __init__(self, images):
        super().__init__()
        self.values = (0.999 * signed("images", images)).atanh()
        self.weight = nn.Parameter(torch.zeros(1))
        self.painted = 0

    def forward(self, latents):
        numbers = torch.arange(self.painted, self.painted + len(latents))
        self.painted += len(latents)
        return self.values[numbers % len(self.values)] + self.weight


def game(images=None, *, objects=2, **rules):
    real = scenes(COUNTED + 20, side=16, seed=1, objects=objects)
    painter = Painter(real.images if images is None else images)
    return Game(players(painter, Flat()), 4, real, real, Rules(**rules))


def test_the_losses_are_the_ones_that_are_announced():
    made = game(penalty=0.0)
    batch = torch.arange(5)
    real = signed("images", made.train.images[batch])
    judged = 0.01 * real.sum((1, 2, 3)), 0.999 * 0.01 * real.sum((1, 2, 3))
    expected = F.binary_cross_entropy_with_logits(judged[0], torch.ones(5))
    expected += F.binary_cross_entropy_with_logits(judged[1], torch.zeros(5))
    assert made.discriminator_loss(batch).item() == pytest.approx(expected.item(), rel=1e-4)
    expected = F.binary_cross_entropy_with_logits(judged[1], torch.ones(5))
    assert made.generator_loss(batch).item() == pytest.approx(expected.item(), rel=1e-4)


def test_the_penalty_comes_every_eighth_step_eight_times_over():
    made, without = game(penalty=0.5), game(penalty=0.0)
    found = []
    for _ in range(17):
        added = made.discriminator_loss(torch.arange(4)) - without.discriminator_loss(
            torch.arange(4)
        )
        found.append(added.item())
        made.after_step()
    slope = 0.01**2 * 3 * 16**2
    due = [step % 8 == 0 for step in range(17)]
    assert found == pytest.approx([8 * 0.5 / 2 * slope * each for each in due], abs=1e-6)
    gradients = []
    for step in (0, 1):
        made._step, made.network["generator"].painted = step, 0
        loss = made.discriminator_loss(torch.arange(4))
        gradients += torch.autograd.grad(loss, made.network["discriminator"].weight)
    steeper = (gradients[0] - gradients[1]).item()
    assert steeper == pytest.approx(8 * 0.5 * 0.01 * 3 * 16**2, rel=1e-3)


def test_as_released_the_generator_moves_twice_on_the_same_latent_vectors():
    made, recipe = smoke("coordconv", "released")
    seen = []

    def note(_, inputs, painted):
        seen.append((inputs[0], painted.detach().clone()))

    made.network["generator"].register_forward_hook(note)
    training.train(made, recipe.changed(steps=1))
    (latents, first), (again, second) = seen
    assert latents is again and not torch.equal(first, second)
    assert latents.min() >= -1 and latents.max() <= 1
    rates = [(turn.name, turn.part, turn.rate) for turn in made.turns()]
    painting = ("generator", "generator", 1.0)
    assert rates == [("discriminator", "discriminator", 0.2), painting, painting]


def test_the_released_recipe_is_the_papers():
    settings, recipe = gan.preset("coordconv", scale="paper", style="released")
    assert recipe == Recipe(50, 16, learning_rate=5e-4, betas=(0.9, 0.99))
    assert recipe.total_steps(settings.pictures) == 50 * 3_125
    assert recipe.learning_rate * settings.discriminator_rate == pytest.approx(1e-4)
    assert (settings.output, settings.latent_size) == ("linear", 256)
    assert gan.preset("deconv", style="released")[0].output == "tanh"


@pytest.mark.parametrize("output", ["tanh", "linear"])
def test_what_the_discriminator_sees_is_told_from_what_is_a_sample(output):
    made, _ = smoke("coordconv", output=output)
    for part in ("generator", "average"):
        made.network[part].body[-1].bias.data.fill_(3.0)
    made.discriminator_loss(torch.arange(4))
    assert (made._fakes.max() > 1) == (output == "linear")
    assert made.samples(made.latents).max() <= 1


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_the_average_follows_the_generator(averaging):
    made, recipe = smoke(averaging=averaging)
    expected = [{name: each.clone() for name, each in made.network["average"].named_parameters()}]
    after = made.after_step

    def note():
        after()
        now = dict(made.network["generator"].named_parameters())
        expected.append(
            {
                name: averaging * old + (1 - averaging) * now[name].detach()
                for name, old in expected[-1].items()
            }
        )

    made.after_step = note
    training.train(made, recipe)
    assert len(expected) == 5 and not torch.equal(expected[0]["0.weight"], expected[4]["0.weight"])
    for name, each in made.network["average"].named_parameters():
        assert torch.allclose(each, expected[-1][name], atol=1e-6), name


def test_the_averages_norms_are_of_its_own_pictures():
    made, recipe = smoke(samples=100)
    training.train(made, recipe)
    average = made.network["average"]
    first, norm = average[:2], average[2]
    values = first(made.latents)
    assert torch.allclose(norm.running_mean, values.mean((0, 2, 3)), atol=1e-5)
    assert torch.allclose(norm.running_var, values.transpose(0, 1).flatten(1).var(1), rtol=1e-4)
    # Many times over it is the same: nothing is left of the times before.
    before = norm.running_var.clone()
    made.evaluate()
    assert torch.equal(norm.running_var, before)


# Measures.


def test_real_scenes_are_measured_as_real():
    made = game()
    with torch.inference_mode():
        measured = made.evaluate()
    assert measured["valid"] == measured["valid90"] == 1
    assert measured["distance"] < 0.01
    blue, red = made.real.centres[:COUNTED].unbind(1)
    assert measured["discs"] == made.real.shapes[:COUNTED].float().mean()
    for name, positions, low in (
        ("red", red, 0),
        ("blue", blue, 0),
        ("difference", red - blue, -16),
    ):
        expected = position_entropy(positions, low, 16).plug_in
        assert measured[f"{name}_entropy"] == pytest.approx(expected)


def test_a_collapse_in_space_shows_and_broken_pictures_are_not_counted():
    real = scenes(COUNTED + 20, side=16, seed=1).images
    stuck = game(real[:1].expand_as(real)).evaluate()
    assert stuck["valid"] == 1 and stuck["red_entropy"] == stuck["difference_entropy"] == 0
    assert stuck["distance"] > 0.1
    assert stuck["walk_jumps"] == stuck["walk_fade"] == -1  # there is nowhere to go
    few = real.clone()
    few[COUNTED - 1 :] = 255
    few = game(few).evaluate()
    assert few["valid"] == pytest.approx((COUNTED - 1) / (COUNTED + 20))
    entropies = few["red_entropy"], few["blue_entropy"], few["difference_entropy"]
    assert {*entropies, few["discs"]} == {-1}


def test_one_object_has_one_entropy():
    measured = game(objects=1).evaluate()
    assert measured["valid"] == 1 and measured["red_entropy"] > 3
    assert {"blue_entropy", "difference_entropy"}.isdisjoint(measured)


class Sliding(nn.Module):
    """Paints a red square where the first two latent numbers say, and fades it if told so."""

    def __init__(self, fading):
        super().__init__()
        self.fading, self.weight = fading, nn.Parameter(torch.zeros(1))

    def forward(self, latents):
        middles = (2 * latents[:, :2]).clamp(-1, 1) * 4.5 + 7.5  # in pixels
        ends = torch.where(latents[:, :1] > 0, 12.0, 3.0).expand(-1, 2)
        middles = ends if self.fading else middles
        along = torch.arange(16)
        x, y = ((along - each[:, None]).abs() <= 3 for each in middles.unbind(1))
        inked = (y[:, :, None] & x[:, None, :])[:, None].float()
        if self.fading:
            inked = inked * latents[:, :1].abs().clamp(max=1)[:, :, None, None]
        return (
            torch.cat((torch.ones_like(inked), 1 - 2 * inked, 1 - 2 * inked), 1) * 4 + self.weight
        )


@pytest.mark.parametrize(
    ("fading", "jumps", "fade"), [(False, (0, 0.05), (0, 0.2)), (True, (0.9, 1), (0.6, 1))]
)
def test_what_fades_between_latent_vectors_is_told_from_what_moves(fading, jumps, fade):
    real = scenes(COUNTED + 20, side=16, seed=1, objects=1)
    made = Game(players(Sliding(fading), Flat()), 2, real, real, Rules())
    measured = made.evaluate()
    assert jumps[0] <= measured["walk_jumps"] <= jumps[1]
    assert fade[0] <= measured["walk_fade"] <= fade[1]


def test_latent_vectors_of_another_size_are_refused():
    made, _ = smoke()
    with pytest.raises(ValueError, match=r"latents got shape \(2, 8\); it takes \(n, 16\)"):
        made.samples(torch.randn(2, 8))


# In the loop.


@pytest.mark.parametrize("style", ["course", "released"])
@pytest.mark.parametrize(
    ("network", "judge"), list(itertools.product(GENERATORS, DISCRIMINATORS)), ids=str
)
def test_it_trains_and_measures_itself(network, judge, style):
    experiment, recipe = smoke(network, style, discriminator=judge)
    first = type(experiment.network["discriminator"][0])
    assert first is (CoordConv2d if judge == "coordconv" else nn.Conv2d)
    result = training.train(experiment, recipe)
    assert result.finished
    measured = result.history[-1].metrics
    assert 0 <= measured["valid90"] <= measured["valid"] <= 1 and measured["distance"] > 0


@pytest.mark.parametrize("style", ["course", "released"])
def test_a_resumed_game_equals_an_uninterrupted_one_bit_for_bit(tmp_path, style):
    path = tmp_path / "checkpoint.safetensors"
    (whole, recipe), (begun, _), (resumed, _) = (smoke("deconv", style) for _ in range(3))
    recipe = recipe.changed(steps=20, evaluate_every=6)
    expected = training.train(whole, recipe, seed=3)
    stop, after = threading.Event(), begun.after_step

    def note():
        after()
        if begun.state()["step"] == 9:  # one after the penalty was due
            stop.set()

    begun.after_step = note
    assert training.train(begun, recipe, seed=3, stop=stop, checkpoint=path).step == 9
    found = training.train(resumed, recipe, seed=3, checkpoint=path)
    assert [each.metrics for each in found.history] == [each.metrics for each in expected.history]
    for name, each in whole.network.state_dict().items():
        assert torch.equal(each, resumed.network.state_dict()[name]), name


def test_a_game_that_diverges_keeps_its_last_good_checkpoint(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    made, recipe = smoke()
    after = made.after_step

    def spoil():
        after()
        if made.state()["step"] == 3:
            made.network["discriminator"][-2].bias.data.fill_(float("nan"))

    made.after_step = spoil
    says = "a weight is not a finite number after step 3; what was reached by step 2 is kept"
    with pytest.raises(training.DivergenceError, match=says):
        training.train(made, recipe, checkpoint=path, checkpoint_seconds=0)
    tensors, about = load_tensors(path)
    assert about["step"] == 2
    assert all(each.isfinite().all() for each in tensors.values() if each.is_floating_point())
    healthy, _ = smoke()
    assert training.train(healthy, recipe, checkpoint=path).finished


def test_a_recorded_generator_paints_as_it_did(tmp_path):
    words = ["run", "gan", "--network", "coordconv_3x3", "--scale", "smoke", "--threads", "1"]
    assert cli.main([*words, "--out", str(tmp_path / "run")]) == 0
    run = records.load(tmp_path / "run")
    restored = recording.restore(run)
    parts = restored.network
    assert run.parameters == size(parts["generator"]) + size(parts["discriminator"])
    assert restored.evaluate()["distance"] == pytest.approx(run.final["distance"], abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"side": 48}, "side got 48; it takes 16, 32 or 64"),
        ({"output": "linear"}, "output got 'linear'; deconv takes 'tanh'"),
        ({"averaging": 1.0}, "averaging got 1.0"),
        ({"discriminator_rate": 0.0}, "discriminator_rate got 0"),
        ({"objects": 3}, "objects got 3"),
        ({"network": "deconvolution"}, "network got 'deconvolution' .did you mean 'deconv'"),
        ({"scale": "huge"}, "scale got 'huge'"),
        ({"style": "theirs"}, "style got 'theirs'"),
    ],
)
def test_what_does_not_go_together_is_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        gan.preset(changes.pop("network", "deconv"), **changes)
