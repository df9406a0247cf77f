"""Notebook 08's pieces: they measure and paint what the library measures and paints."""

import torch

from coordlib.coordinates import AddCoords
from coordlib.exercises.broadcasting import broadcast
from coordlib.exercises.decoding import BroadcastDecoder
from coordlib.exercises.drawing import draw_latent
from coordlib.exercises.stepping import longest_step
from coordlib.exercises.walking import interpolate
from coordlib.walks import Walks, walk
from tests.exercises.answers_decoding import decoder


def random(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_longest_step_is_the_librarys_jump():
    centres = torch.rand(5, 16, 2, 2, generator=random())  # a blue object and a red one
    walks = Walks(single=None, pieces=None, centres=centres, fade=None)
    for colour, jump in enumerate(walks.jump.unbind(1)):
        assert torch.equal(longest_step(centres[:, :, colour]), jump)


def test_a_line_is_the_librarys_walk():
    network = BroadcastDecoder(4, 6, 8).requires_grad_(False)
    start, end = torch.randn(2, 4, generator=random())

    def paint(latents):
        return network(latents).sigmoid()

    (frames,) = walk(paint, start[None], end[None], 7)
    assert torch.allclose(interpolate(paint, start, end, 7), frames, rtol=0, atol=1e-6)


def test_a_broadcast_latent_is_a_constant_picture_with_coordinates():
    latents = torch.randn(3, 2, generator=random())
    pictures = latents[:, :, None, None].expand(-1, -1, 5, 5)
    assert torch.equal(broadcast(latents, 5), AddCoords()(pictures))


def test_the_decoder_is_one_of_the_right_answers():
    ours, theirs = BroadcastDecoder(8, 32, 32), decoder()(8, 32, 32)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        one.data.copy_(other)
    latents = torch.randn(2, 8, generator=random())
    assert torch.equal(ours(latents), theirs(latents))
    assert sum(each.numel() for each in ours.parameters()) == 2_563


def test_a_latent_is_drawn_as_the_autoencoder_draws_it():
    mean, log_variance = torch.randn(2, 6, 3, generator=random(1))
    noise = torch.randn(6, 3, generator=random(2))
    wanted = mean + (log_variance / 2).exp() * noise
    assert torch.equal(draw_latent(mean, log_variance, random(2)), wanted)
