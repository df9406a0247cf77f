"""Checkers for notebook 03's workshop: a training step, and the loop around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parameters_to_vector
from torch.optim import SGD, Adam, Optimizer

from coordlib.exercises import NotYet, exercise
from coordlib.exercises.checking import judge, number, numbers, unlike
from coordlib.exercises.guarding import ToChange

Step = Callable[..., Any]  # from network, optimizer, inputs and answers to the loss before it
Loss = Callable[[Tensor, Tensor], Tensor]  # from logits, (n, classes), and answers
_ROOM = 64  # gradients are sums, which round in their own order
_TURNS = 2  # in a row: the second one meets what the first has left
_OPTIMIZERS: dict[str, Callable[[Iterable[nn.Parameter]], Optimizer]] = {
    "SGD": lambda parameters: SGD(parameters, lr=0.3),
    "Adam": lambda parameters: Adam(parameters, lr=0.05),
}


def training_step(
    network: nn.Module, optimizer: Optimizer, inputs: Tensor, answers: Tensor
) -> Tensor:
    """Move the network once, against the slope of its mean cross-entropy on a batch.

    network(inputs): logits, whose axes behind the first are taken as one, such as a map's pixels.
    answers: for each example the number of the right one, int64, (n,). Gives the loss before the
    step, a scalar.
    """
    return _moved(network, optimizer, inputs, answers).detach()


def _moved(
    network: nn.Module,
    optimizer: Optimizer,
    inputs: Tensor,
    answers: Tensor,
    loss: Loss = F.cross_entropy,
    clear: str = "before",
) -> Tensor:
    """A step by a loss. clear: the old gradients "before" the new ones, "after" or "never"."""
    result = loss(network(inputs).flatten(1), answers)
    if clear == "before":
        optimizer.zero_grad()
    result.backward()
    optimizer.step()
    if clear == "after":
        optimizer.zero_grad()
    return result


class Lesson:
    """A small network that a step moved, some turns in a row.

    start, end: all its weights, (n,). told: what the step returned. calls: what became of the
    gradients, in order: "zero_grad", "backward" when some arrive, "step".
    """

    def __init__(self, step: Step, optimizer: str, maps: bool) -> None:
        """maps: whether its logits are maps, (n, 1, 2, 3), or stand in a row, (n, 6)."""
        with torch.random.fork_rng([]):  # so that what the step draws isn't drawn from this seed
            torch.manual_seed(7)
            layers = nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 6)
            self.network = nn.Sequential(*layers, *[nn.Unflatten(1, (1, 2, 3))] * maps)
            inputs, answers = torch.randn(5, 3), torch.tensor([4, 0, 5, 2, 4])
        for each in self.network.parameters():  # as an earlier backward leaves them behind
            each.grad = torch.full_like(each, 0.5)
        mover = _OPTIMIZERS[optimizer](self.network.parameters())
        self.calls: list[str] = []
        for method in ("zero_grad", "step"):
            setattr(mover, method, noted(self.calls, method, getattr(mover, method)))
        layers[0].weight.register_hook(lambda _: self.calls.append("backward"))
        self.start = weights(self.network)
        self.told = [step(self.network, mover, inputs, answers) for _ in range(_TURNS)]
        self.end = weights(self.network)


def noted(calls: list[str], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, each call of which puts the name into the list."""

    def called(*given: Any, **options: Any) -> Any:
        calls.append(name)
        return function(*given, **options)

    return called


def weights(network: nn.Module) -> Tensor:
    """All weights of a network, as they are now, in one row."""
    return parameters_to_vector(network.parameters()).detach().clone()


def _by(loss: Loss = F.cross_entropy, clear: str = "before") -> Step:
    return lambda *given: _moved(*given, loss=loss, clear=clear)


def _by_old_gradients(network: nn.Module, optimizer: Optimizer, *_: Tensor) -> None:
    optimizer.step()


def _returning(loss: Loss, late: bool = False) -> Step:
    """The right step, which returns a loss of the logits before it, or late, of those after it."""

    def step(network: nn.Module, optimizer: Optimizer, inputs: Tensor, answers: Tensor) -> Tensor:
        before = loss(network(inputs).flatten(1), answers)
        training_step(network, optimizer, inputs, answers)
        return loss(network(inputs).flatten(1), answers) if late else before

    return step


def _summed(logits: Tensor, answers: Tensor) -> Tensor:
    return F.cross_entropy(logits, answers, reduction="sum")


def _wanted(logits: Tensor, answers: Tensor) -> Tensor:
    return F.one_hot(answers, logits.shape[1]).float()


_LEFT = "gradients that an earlier `backward()` has left count as well"
_LOSSES: tuple[tuple[Loss, str], ...] = (
    (_summed, "it is a sum over the batch; wanted is the mean"),
    (
        lambda logits, answers: -F.cross_entropy(logits, answers),
        "its sign is turned: the network learns to be wrong",
    ),
    (
        lambda logits, answers: F.cross_entropy(logits.softmax(1), answers),
        "the softmax is taken twice: `cross_entropy` takes logits as they are",
    ),
    (
        lambda logits, answers: F.binary_cross_entropy_with_logits(
            logits, _wanted(logits, answers)
        ),
        "each class is judged for itself; wanted is one choice among all of them",
    ),
    (
        lambda logits, answers: F.mse_loss(logits, _wanted(logits, answers)),
        "it is a squared error; wanted is the cross-entropy",
    ),
    (
        lambda logits, answers: F.mse_loss(logits.softmax(1), _wanted(logits, answers)),
        "it is a squared error; wanted is the cross-entropy",
    ),
    (
        lambda logits, answers: -logits.softmax(1).gather(1, answers[:, None]).mean(),
        "it lacks the logarithm: a cross-entropy is -ln p",
    ),
    (
        lambda logits, answers: F.cross_entropy(logits[:1], answers[:1]),
        "it is that of the first example alone",
    ),
)


@exercise("3.5", minutes=10, difficulty=2, stand_in=training_step)
def step_made(answer: Step) -> str:
    """One step of a network by the mean cross-entropy on a batch; gives the loss before it."""
    cases = [("SGD", True), ("Adam", True), ("SGD", False)]

    def tried(network: nn.Module, optimizer: Optimizer, *given: Tensor) -> Any:
        return answer(ToChange(network), ToChange(optimizer), *given)

    def end(step: Step) -> Callable[..., Tensor]:
        return lambda *case: Lesson(step, *case).end

    def told(step: Step) -> Callable[..., Tensor]:
        return lambda *case: numbers([number(one) for one in Lesson(step, *case).told])

    def named(optimizer: str, maps: bool) -> str:
        return f"with {optimizer} and {'maps of' if maps else 'a row of'} logits"

    lessons = [Lesson(tried, *case) for case in cases]
    judge(
        end(tried),
        cases,
        end(training_step),
        said=named,
        mistakes=[
            (end(_by(clear="never")), _LEFT),
            (end(_by(clear="after")), _LEFT),
            (end(_by_old_gradients), "the network moves by old gradients alone, none of this loss"),
            *(
                (end(_by(loss)), f"the loss by which it moves is wrong: {why}")
                for loss, why in _LOSSES
            ),
        ],
        tell=lambda found, wanted, *case: _ends_differ(tried, case, found, wanted),
        room=_ROOM,
    )
    but = "the network moves as it should, but"
    judge(
        told(tried),
        cases,
        told(training_step),
        mistakes=[
            (
                told(_returning(F.cross_entropy, late=True)),
                f"{but} you return the loss after the step; wanted is that before it",
            ),
            *(
                (told(_returning(loss)), f"{but} the loss that you return is another: {why}")
                for loss, why in _LOSSES
            ),
        ],
        tell=lambda found, wanted, *case: f"{but} {_worst('you return', found, wanted)}",
        room=_ROOM,
    )
    if not all(lesson.network.training for lesson in lessons):
        raise NotYet(f"{but} it stays in eval mode")
    return "the loss of a batch, its slopes, and one move against them."


def _ends_differ(step: Step, case: tuple[Any, ...], found: Tensor, wanted: Tensor) -> str:
    """Why the network isn't where it should be, seen by what became of its gradients."""
    torch.manual_seed(1)
    lesson = Lesson(step, *case)
    if not torch.equal(lesson.end, found):
        return "asked again, you move the network elsewhere: draw nothing, take what is given"
    backward, stepped = "backward" in lesson.calls, "step" in lesson.calls
    if not torch.equal(lesson.start, lesson.end):
        if not stepped:
            return "the network moves, but not by `optimizer`: call its `step()`"
        if lesson.calls.count("step") > _TURNS:
            return "`optimizer.step()` is called more than once"
        return f"after {_TURNS} steps {_worst('one of its weights is', found, wanted)}"
    if not stepped:
        why = "`optimizer.step()` is missing"
    elif not backward:
        why = "no `backward()` reaches it"
    elif lesson.calls.index("step") < lesson.calls.index("backward"):
        why = "`step()` comes before `backward()`"
    else:
        why = "between `backward()` and `step()` its gradients are cleared"
    return f"the network doesn't move: {why}"


def _worst(said: str, found: Tensor, wanted: Tensor) -> str:
    """The number that is off most, and what it should be; both tensors of shape (n,)."""
    place = int((found.double() - wanted).abs().nan_to_num(torch.inf).argmax())
    return "{} {}; it should be {}".format(said, *unlike(found[place].item(), wanted[place].item()))
