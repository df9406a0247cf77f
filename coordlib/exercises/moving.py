"""What the checkers of notebook 07's moves share: two small networks, of which one is moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector
from torch.optim import SGD, Adam, Optimizer

from coordlib.exercises.checking import NotYet, judge, number, numbers, unlike
from coordlib.exercises.guarding import ToChange

Step = Callable[..., Any]  # from both networks, optimizer, real pictures if any, and latents
Loss = Callable[..., Tensor]  # from logits on real pictures, if any, and on fakes
_TURNS = 2  # in a row: the second one meets what the first has left
_LATENT, _SIDE, _BATCH = 3, 4, 6
LEFT = 0.5  # each gradient before the first turn, of both networks
_ROOM = 64  # gradients are sums, which round in their own order
_OPTIMIZERS: dict[str, Callable[[Iterable[nn.Parameter]], Optimizer]] = {
    "SGD": lambda parameters: SGD(parameters, lr=0.3),
    "Adam": lambda parameters: Adam(parameters, lr=0.05),
}


class Game:
    """Two small networks, of which a step moved one, some turns in a row.

    moving, staying: the networks, whose gradients are all LEFT before the first turn. start, end:
    all weights of the one that moves, (n,). disturbed: whether the other one's have changed. told:
    what the step returned. calls: what became of the gradients, in order: "zero_grad", "backward"
    when some reach the network that moves, "step", and "other" when some reach the other one.
    """

    def __init__(self, step: Step, name: str, optimizer: str) -> None:
        """name: "discriminator" or "generator", whose turn it is."""
        with torch.random.fork_rng([]):  # so that what the step draws isn't drawn from this seed
            torch.manual_seed(7)
            networks = _networks()
            real = 2 * torch.rand(_BATCH, 3, _SIDE, _SIDE) - 1
            latents = torch.randn(_BATCH, _LATENT)
        both = networks["generator"], networks["discriminator"]
        self.moving = networks.pop(name)
        (self.staying,) = networks.values()
        for network in (self.moving, self.staying):  # as an earlier backward leaves them behind
            for each in network.parameters():
                each.grad = torch.full_like(each, LEFT)
        mover = _OPTIMIZERS[optimizer](self.moving.parameters())
        self.calls: list[str] = []
        for method in ("zero_grad", "step"):
            setattr(mover, method, self._noted(method, getattr(mover, method)))
        for network, reached in ((self.moving, "backward"), (self.staying, "other")):
            first = next(network.parameters())
            first.register_hook(lambda _, reached=reached: self.calls.append(reached))
        self.start, others = _weights(self.moving), _weights(self.staying)
        given = (real, latents) if name == "discriminator" else (latents,)
        self.told = [step(*both, mover, *given) for _ in range(_TURNS)]
        self.end = _weights(self.moving)
        self.disturbed = not torch.equal(_weights(self.staying), others)

    def _noted(self, method: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **options: Any) -> Any:
            self.calls.append(method)
            return function(*given, **options)

        return called


def _networks() -> dict[str, nn.Module]:
    pixels = 3 * _SIDE**2
    return {
        "generator": nn.Sequential(
            nn.Linear(_LATENT, 6),
            nn.ReLU(),
            nn.Linear(6, pixels),
            nn.Unflatten(1, (3, _SIDE, _SIDE)),
        ),
        "discriminator": nn.Sequential(
            nn.Flatten(), nn.Linear(pixels, 5), nn.LeakyReLU(0.2), nn.Linear(5, 1), nn.Flatten(0)
        ),
    }


def _weights(network: nn.Module) -> Tensor:
    return parameters_to_vector(network.parameters()).detach().clone()


def _handed(answer: Step) -> Step:
    """The answer as a step that gets networks and optimizer themselves, not copies."""
    return lambda generator, discriminator, optimizer, *given: answer(
        ToChange(generator), ToChange(discriminator), ToChange(optimizer), *given
    )


def _logits(
    generator: nn.Module, discriminator: nn.Module, given: Sequence[Tensor]
) -> list[Tensor]:
    """On real pictures, if there are any, and on those of the latents, which come last."""
    *real, latents = given
    return [discriminator(each) for each in (*real, generator(latents))]


def _by(loss: Loss, clear: str = "before") -> Step:
    """A step by a loss of all logits. clear: old gradients "before" the new ones, "after" the step,
    or "never".
    """

    def step(generator: nn.Module, discriminator: nn.Module, mover: Optimizer, *given: Any) -> Any:
        result = loss(*_logits(generator, discriminator, given))
        if clear == "before":
            mover.zero_grad()
        result.backward()
        mover.step()
        if clear == "after":
            mover.zero_grad()
        return result

    return step


def _by_old_gradients(generator: Any, discriminator: Any, mover: Optimizer, *_: Any) -> None:
    mover.step()


def _returning(loss: Loss, right: Step, late: bool = False) -> Step:
    """The right step, which returns a loss of all logits: those before it, or late, after it."""

    def step(generator: nn.Module, discriminator: nn.Module, mover: Optimizer, *given: Any) -> Any:
        before = loss(*_logits(generator, discriminator, given))
        right(generator, discriminator, mover, *given)
        return loss(*_logits(generator, discriminator, given)) if late else before

    return step


def played(
    answer: Step,
    name: str,
    right: Step,
    loss: Loss,
    mistakes: Iterable[tuple[Loss, str]],
    returned: Iterable[tuple[Loss, str]] = (),
) -> list[Game]:
    """The answer's games, one with each optimizer, if it moves the network as it should in all.

    name: "discriminator" or "generator". right, loss: the right step and its loss. mistakes:
    losses by which others move it. returned: losses that others return.
    Raises NotYet for a step that moves it otherwise, or the other network, or leaves that frozen or
    one of them in eval mode.
    """
    left = "gradients that an earlier `backward()` has left count as well"
    steps = (
        (_by(loss, "never"), left),
        (_by(loss, "after"), left),
        (
            _by_old_gradients,
            f"the {name} moves by old gradients alone; none of this turn's reaches it",
        ),
        *((_by(other), why) for other, why in mistakes),
    )
    others = (
        (_returning(loss, right, late=True), "the loss after the step; wanted is that before it"),
        *((_returning(other, right), which) for other, which in returned),
    )
    tried, cases = _handed(answer), [(optimizer,) for optimizer in _OPTIMIZERS]
    games = [Game(tried, name, *case) for case in cases]
    if any(game.disturbed for game in games):
        raise NotYet(f"it is the {name}'s turn, but the other network moves as well")

    def end(step: Step) -> Callable[[str], Tensor]:
        return lambda optimizer: Game(step, name, optimizer).end

    def told(step: Step) -> Callable[[str], Tensor]:
        return lambda optimizer: numbers([number(one) for one in Game(step, name, optimizer).told])

    judge(
        end(tried),
        cases,
        end(right),
        said=lambda optimizer: f"with {optimizer}",
        mistakes=[(end(step), why) for step, why in steps],
        tell=lambda found, wanted, optimizer: _ends_differ(tried, name, optimizer, found, wanted),
        room=_ROOM,
    )
    but = f"the {name} moves as it should, but"
    judge(
        told(tried),
        cases,
        told(right),
        mistakes=[(told(step), f"{but} you return {which}") for step, which in others],
        tell=lambda found, wanted, optimizer: f"{but} {_losses_differ(found, wanted)}",
        room=_ROOM,
    )
    if not all(each.requires_grad for game in games for each in game.staying.parameters()):
        raise NotYet(f"{but} the other network stays frozen: when its turn comes, it can't learn")
    for game in games:
        for network, which in ((game.moving, f"the {name}"), (game.staying, "the other network")):
            if not network.training:
                raise NotYet(f"{but} {which} stays in eval mode")
    return games


def _ends_differ(step: Step, name: str, optimizer: str, found: Tensor, wanted: Tensor) -> str:
    """Why the network isn't where it should be, seen by what became of its gradients."""
    torch.manual_seed(1)
    game = Game(step, name, optimizer)
    if not torch.equal(game.end, found):
        return f"asked again, you move the {name} elsewhere: paint from `latents`, draw nothing"
    backward, stepped = "backward" in game.calls, "step" in game.calls
    if not torch.equal(game.start, game.end):
        if not stepped:
            return f"the {name} moves, but not by `optimizer`: call its `step()`"
        if game.calls.count("step") > _TURNS:
            return "`optimizer.step()` is called more than once in a turn"
        return f"after {_TURNS} turns {worst('one of its weights is', found, wanted)}"
    if not stepped:
        why = "`optimizer.step()` is missing"
    elif not backward and "other" in game.calls:
        why = "no gradient gets back to it through its pictures"
    elif not backward:
        why = "no `backward()` reaches it"
    elif game.calls.index("step") < game.calls.index("backward"):
        why = "`step()` comes before `backward()`"
    else:
        why = "between `backward()` and `step()` its gradients are cleared"
    return f"the {name} doesn't move: {why}"


def _losses_differ(found: Tensor, wanted: Tensor) -> str:
    return f"{worst('you return', found, wanted)}, the loss before the step"


def worst(said: str, found: Tensor, wanted: Tensor) -> str:
    """The number that is off most, and what it should be; both tensors of shape (n,)."""
    place = int((found.double() - wanted).abs().nan_to_num(torch.inf).argmax())
    return "{} {}; it should be {}".format(said, *unlike(found[place].item(), wanted[place].item()))
