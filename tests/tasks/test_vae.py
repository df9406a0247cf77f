"""The autoencoder: arms that start alike, a loss as announced, measures that know what they see."""

import threading

import pytest
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from coordlib import training
from coordlib.datasets import scenes
from coordlib.tasks import vae

CPU = torch.device("cpu")


def smoke(network="deconv", **changes):
    settings, recipe = vae.preset(network, scale="smoke", **changes)
    return settings.experiment(0, CPU), recipe


# Networks.


@pytest.mark.parametrize(
    ("network", "weights"),
    [
        ("deconv", 59_971),
        ("coordconv", 8_547 + 64),
        ("coordconv_3x3", 60_227 + 64),
        ("conv_3x3", 60_227),
    ],
)
def test_a_decoder_has_as_many_weights_as_it_should(network, weights):
    made = vae.build(network, 8, 32)
    assert sum(each.numel() for each in made.encoder.parameters()) == 184_080
    assert sum(each.numel() for each in made.decoder.parameters()) == weights


@pytest.mark.parametrize("network", vae.NETWORKS)
@pytest.mark.parametrize(("latents", "side"), [(2, 16), (32, 24)])
def test_a_picture_becomes_a_latent_and_a_picture_again(network, latents, side):
    made = vae.build(network, latents, side)
    pictures = torch.rand(5, 3, side, side)
    mean, log_variance = made.encode(pictures)
    assert mean.shape == log_variance.shape == (5, latents)
    again = made(pictures)
    assert again.shape == pictures.shape and torch.equal(again, made.decode(mean))
    assert again.min() >= 0 and again.max() <= 1


def test_networks_of_a_seed_start_with_one_encoder_and_the_twins_with_one_decoder():
    encoders = [vae.build(network, seed=3).encoder.state_dict() for network in vae.NETWORKS]
    for other in encoders[1:]:
        assert all(torch.equal(encoders[0][name], other[name]) for name in other)
    told, untold = (
        vae.build(network, seed=3).decoder.state_dict() for network in ("coordconv_3x3", "conv_3x3")
    )
    differing = [name for name in told if told[name].shape != untold[name].shape]
    assert differing == ["2.first.weight"]
    assert torch.equal(told["2.first.weight"][:, :-2], untold["2.first.weight"])
    assert all(torch.equal(told[name], untold[name]) for name in told if name not in differing)


def test_without_the_map_filters_of_one_pixel_paint_one_colour():
    made = vae.build("coordconv")
    latents = torch.randn(4, 8)
    assert made.decode(latents).flatten(2).std(2).min() > 1e-5
    with torch.no_grad():
        made.decoder[2].first.coordinate_weight.zero_()
    assert made.decode(latents).flatten(2).std(2).max() < 1e-6


# The loss.


def test_the_loss_is_the_one_that_is_announced():
    (plain, _), (half, _) = smoke(), smoke(beta=0.5)
    batch = torch.arange(6)
    pictures = plain.train.images[batch] / 255
    mean, log_variance = plain.network.encode(pictures)
    deviation = (log_variance / 2).exp()
    kl = kl_divergence(Normal(mean, deviation), Normal(0, 1)).sum(1)
    assert torch.allclose(vae.divergence(mean, log_variance), kl, atol=1e-6)
    torch.manual_seed(5)
    painted = plain.network.decode(mean + deviation * torch.randn(6, 8))
    lost = F.binary_cross_entropy(painted, pictures, reduction="none").sum((1, 2, 3))
    for experiment, beta in ((plain, 1.0), (half, 0.5)):
        torch.manual_seed(5)
        assert experiment.loss(batch).item() == pytest.approx(
            (lost + beta * kl).mean().item(), 1e-5
        )


# Measures.


class CrossFade(nn.Module):
    """Knows the test pictures by heart, and paints mixtures of them, changed by `shown`."""

    def __init__(self, images, shown):
        super().__init__()
        self.pictures, self.shown = nn.Parameter(images / 255), shown

    def encode(self, pictures):
        which = torch.cdist(pictures.flatten(1), self.pictures.flatten(1)).argmin(1)
        mean = F.one_hot(which, len(self.pictures)).float()
        return mean, torch.zeros_like(mean)

    def decode(self, latents):
        return self.shown(torch.einsum("nk,kcyx->ncyx", latents, self.pictures))


def measured(objects, shown):
    made = scenes(40, side=32, seed=4, objects=objects)
    with torch.no_grad():
        return vae.SceneExperiment(CrossFade(made.images, shown), made, made, walks=30).evaluate()


def as_it_is(pictures):
    return pictures


def purple(pictures):
    """All ink in both colours."""
    green = pictures[:, 1:2]
    return torch.cat((torch.ones_like(green), green, torch.ones_like(green)), 1)


@pytest.mark.parametrize("objects", [1, 2])
def test_a_cross_fade_between_perfect_pictures_is_seen_as_one(objects):
    seen = measured(objects, as_it_is)
    assert seen["test_error"] < 1e-12 and seen["test_valid"] == 1
    assert seen["test_pieces"] > 0.9
    assert seen["test_kl"] == pytest.approx(0.5)  # of a latent with a single 1
    assert 0.5 < seen["walk_valid"] < 0.8
    assert seen["walk_jumps"] > 0.9 and seen["walk_fade"] > 0.9


def test_purple_objects_are_not_valid_but_counted():
    right, seen = measured(2, as_it_is), measured(2, purple)
    assert seen["test_valid"] == seen["walk_valid"] == 0
    assert seen["test_pieces"] == right["test_pieces"]
    assert seen["walk_pieces"] == pytest.approx(right["walk_pieces"], abs=0.05)
    assert seen["walk_jumps"] == 1  # nothing red is to be seen


def test_an_empty_canvas_has_nothing_valid():
    seen = measured(1, torch.ones_like)
    assert seen["test_valid"] == seen["walk_valid"] == seen["test_pieces"] == 0
    assert seen["walk_jumps"] == 1 and seen["walk_fade"] == 0


def test_walks_that_test_pictures_do_not_give_are_refused():
    made = scenes(3, side=32, seed=4)
    with pytest.raises(ValueError, match="walks got 9; 3 scenes have . pairs of red objects"):
        vae.SceneExperiment(CrossFade(made.images, as_it_is), made, made, walks=9)


# In the loop.


@pytest.mark.parametrize("network", vae.NETWORKS)
def test_it_trains_and_measures_itself(network):
    experiment, recipe = smoke(network, objects=2)
    final = training.train(experiment, recipe, seed=0).history[-1].metrics
    shares = {name: final[name] for name in final if name not in ("test_kl", "test_error")}
    assert all(0 <= value <= 1 for value in shares.values())
    assert set(shares) == {
        "test_valid",
        "test_pieces",
        "walk_valid",
        "walk_pieces",
        "walk_jumps",
        "walk_fade",
    }


def test_it_learns():
    experiment, recipe = smoke()
    experiment.network.eval()
    with torch.no_grad():
        before = experiment.evaluate()["test_error"]
    result = training.train(experiment, recipe.changed(epochs=30, evaluate_every=30), seed=0)
    assert result.history[-1].metrics["test_error"] < 0.8 * before


def test_it_goes_on_to_the_bit_with_the_same_noise(tmp_path):
    def run(stop=None, on_event=None):
        experiment, recipe = smoke()
        path = tmp_path / "checkpoint" if stop else None
        training.train(
            experiment,
            recipe.changed(epochs=3),
            seed=1,
            stop=stop,
            on_event=on_event,
            checkpoint=path,
        )
        return experiment.network.state_dict()

    stop = threading.Event()
    halfway = run(stop, lambda event: stop.set())
    whole = run()
    assert not all(torch.equal(halfway[name], whole[name]) for name in whole)
    resumed = run(threading.Event())
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def test_validation_scenes_are_neither_train_nor_test_scenes():
    usual, tuned = (
        vae.preset("deconv", measured=measured, train_pictures=500)[0].pictures()
        for measured in ("test", "validation")
    )
    assert torch.equal(usual[0].images, tuned[0].images)
    test, validation = usual[1].images, tuned[1].images
    assert len(test) == len(validation) == 500
    assert not torch.equal(test, validation) and not torch.equal(test, usual[0].images)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"network": "conv"}, "network got 'conv'.*conv_3x3"),
        ({"side": 36}, "side got 36; it takes a multiple of 8"),
        ({"latents": 0}, "latents got 0"),
        ({"objects": 3}, "objects got 3"),
        ({"style": "released"}, "style got 'released' .*it takes one of course"),
        ({"scale": "huge"}, "scale got 'huge'"),
    ],
)
def test_what_does_not_go_together_is_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        vae.preset(**{"network": "deconv", **changes})


def test_too_many_walks_for_the_pictures_are_refused():
    with pytest.raises(ValueError, match="walks got 200; 4 scenes have"):
        smoke(walks=200, test_pictures=4)
