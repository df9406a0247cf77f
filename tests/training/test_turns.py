"""Experiments of another kind: several turns a step, other optimizers, lengths, batches, loops."""

import copy
import threading

import pytest
import torch
from torch import nn

from coordlib import training
from coordlib.experiment import Experiment, LibraryExperiment, Turn
from coordlib.recipes import Recipe
from coordlib.storage import StorageError, load_tensors, save_tensors

GAN = Recipe(steps=12, batch_size=8, learning_rate=0.01, evaluate_every=5)


class Gan(Experiment):
    """Points in the plane: a generator, a discriminator, averaged weights, noise of its own."""

    train_size = 40

    def __init__(self, seed=0):
        torch.manual_seed(seed)
        self.network = nn.ModuleDict({"generator": nn.Linear(3, 2), "discriminator": mlp()})
        self.average = copy.deepcopy(self.network["generator"])
        self.points = torch.randn(40, 2, generator=torch.Generator().manual_seed(1))
        self.noise = torch.Generator().manual_seed(2)
        self.moved = []
        self.stop = threading.Event()

    def turns(self):
        generator = Turn("generator", self.generator_loss, "generator")
        return Turn("discriminator", self.discriminator_loss, "discriminator"), generator, generator

    def fakes(self, count):
        return self.network["generator"](torch.randn(count, 3, generator=self.noise))

    def discriminator_loss(self, batch):
        judge = self.network["discriminator"]
        fakes = judge(self.fakes(len(batch)).detach())
        return (
            nn.functional.softplus(fakes).mean()
            + nn.functional.softplus(-judge(self.points[batch])).mean()
        )

    def generator_loss(self, batch):
        judged = self.network["discriminator"](self.fakes(len(batch)))
        return nn.functional.softplus(-judged).mean()

    def after_step(self):
        with torch.no_grad():
            for ours, theirs in zip(
                self.average.parameters(), self.network["generator"].parameters(), strict=True
            ):
                ours.lerp_(theirs, 0.1)

    def evaluate(self):
        return {"size": self.average.weight.norm().item()}

    def state(self):
        average = {f"average.{name}": each for name, each in self.average.state_dict().items()}
        return {**average, "noise": self.noise.get_state(), "kind": "points"}

    def load_state(self, state):
        assert state["kind"] == "points"
        self.noise.set_state(state["noise"])
        names = self.average.state_dict()
        self.average.load_state_dict({name: state[f"average.{name}"] for name in names})


def mlp():
    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))


def everything(gan):
    return {**gan.network.state_dict(), **gan.state()}


def same(one, other):
    return one.keys() == other.keys() and all(
        torch.equal(one[name], other[name]) if torch.is_tensor(one[name]) else True for name in one
    )


def stop_after(step, gan, recipe=GAN, **options):
    stop = threading.Event()

    def after_step(take=gan.after_step):
        take()
        after_step.steps += 1
        if after_step.steps == step:
            stop.set()

    after_step.steps = 0
    gan.after_step = after_step
    return training.train(gan, recipe, stop=stop, **options)


def test_each_turn_moves_its_part_alone():
    gan = Gan()
    before = {name: each.clone() for name, each in gan.network.state_dict().items()}
    seen = []
    for name in ("discriminator", "generator"):
        loss = getattr(gan, f"{name}_loss")

        def noted(batch, loss=loss, name=name):
            now = gan.network.state_dict()
            moved = {key.split(".")[0] for key in now if not torch.equal(now[key], before[key])}
            seen.append((name, moved, batch.tolist()))
            return loss(batch)

        setattr(gan, f"{name}_loss", noted)
    training.train(gan, Recipe(steps=1, batch_size=8))
    assert [(name, moved) for name, moved, _ in seen] == [
        ("discriminator", set()),
        ("generator", {"discriminator"}),
        ("generator", {"discriminator", "generator"}),
    ]
    assert seen[0][2] == seen[1][2] == seen[2][2]  # one batch a step


def test_turns_move_their_parts_at_rates_of_their_own():
    class Falling(Gan):
        """Each weight's gradient is 1: a step of plain descent moves it by the rate."""

        def turns(self):
            parts = ("discriminator", "generator", "generator")
            return [
                Turn(name, lambda _, part=name: self.total(part), name, rate=rate)
                for name, rate in zip(parts, (0.5, 1.0, 2.0), strict=True)
            ]

        def total(self, part):
            return sum(each.sum() for each in self.network[part].parameters())

    gan = Falling()
    before = {name: each.clone() for name, each in gan.network.state_dict().items()}
    training.train(gan, Recipe(steps=1, optimizer="sgd", learning_rate=0.1))
    for name, each in gan.network.state_dict().items():
        moved = 0.05 if name.startswith("discriminator") else 0.3
        assert torch.allclose(before[name] - each, torch.full_like(each, moved), atol=1e-6), name


def test_progress_tells_the_loss_of_each_turn():
    told = []
    training.train(Gan(), GAN, on_event=told.append)
    last = [event for event in told if isinstance(event, training.Progress)][-1]
    assert set(last.losses) == {"discriminator", "generator"}
    assert last.loss == last.losses["discriminator"] and last.step == last.steps == 12


@pytest.mark.parametrize(
    "recipe",
    [
        GAN,
        Recipe(epochs=2, batch_size=8, optimizer="sgd", momentum=0.9),
        Recipe(steps=12, batch_size=16, optimizer="rmsprop", epsilon=1e-5, clip=0.5),
        Recipe(steps=12, optimizer="rmsprop", momentum=0.5),
    ],
    ids=lambda recipe: f"{recipe.optimizer}-{recipe.length}",
)
def test_a_resumed_gan_equals_an_uninterrupted_one_bit_for_bit(tmp_path, recipe):
    whole = Gan()
    expected = training.train(whole, recipe, seed=3)
    path = tmp_path / "checkpoint.safetensors"
    first = stop_after(4, Gan(), recipe, seed=3, checkpoint=path)
    assert first.step == 4 and not first.finished
    resumed = Gan(seed=9)
    second = training.train(resumed, recipe, seed=3, checkpoint=path)
    assert second.finished and second.step == expected.step
    assert same(everything(resumed), everything(whole))
    metrics = [[each.metrics for each in result.history] for result in (second, expected)]
    assert metrics[0] == metrics[1]
    assert second.processor_seconds > first.processor_seconds > 0


@pytest.mark.parametrize("clip", [None, 0.5])
def test_in_16_bits_two_turns_may_move_the_same_part(tmp_path, clip):
    recipe = Recipe(steps=6, batch_size=8, learning_rate=0.01, clip=clip)
    whole = Gan()
    training.train(whole, recipe, precision="float16")
    path = tmp_path / "checkpoint.safetensors"
    stop_after(3, Gan(), recipe, precision="float16", checkpoint=path)
    resumed = Gan(seed=9)
    assert training.train(resumed, recipe, precision="float16", checkpoint=path).finished
    assert same(everything(resumed), everything(whole))
    tensors, about = load_tensors_of(stop_after, tmp_path, recipe)
    del about["scaler"]["growth_factor"]
    save_tensors(path, tensors, about)
    with pytest.raises(StorageError, match="scaler lacks its 'growth_factor'"):
        training.train(Gan(), recipe, precision="float16", checkpoint=path)


def load_tensors_of(stop_after, tmp_path, recipe):
    path = tmp_path / "other.safetensors"
    stop_after(3, Gan(), recipe, precision="float16", checkpoint=path)
    return load_tensors(path)


def test_a_length_in_steps_evaluates_in_steps_and_at_the_end():
    assert [each.step for each in training.train(Gan(), GAN).history] == [5, 10, 12]


def test_gradients_are_clipped():
    class Steep(Experiment):
        train_size = 1

        def __init__(self):
            self.network = nn.Linear(1, 1, bias=False)

        def loss(self, batch):
            return 1000 * self.network.weight.sum()

        def evaluate(self):
            return {}

    steep = Steep()
    before = steep.network.weight.item()
    recipe = Recipe(steps=1, optimizer="sgd", learning_rate=1.0, clip=0.5)
    training.train(steep, recipe)
    assert before - steep.network.weight.item() == pytest.approx(0.5, rel=1e-4)


# --- batches from elsewhere ---


class Pictures(torch.utils.data.Dataset):
    """Twenty of them, turned by a random angle each time, as a folder of images would be."""

    def __len__(self):
        return 20

    def __getitem__(self, number):
        return torch.full((3,), float(number)) + torch.rand(3), number % 2


class Folder(Experiment):
    train_size = 20
    train_data = Pictures()

    def __init__(self, seed=0):
        torch.manual_seed(seed)
        self.network = nn.Sequential(nn.Dropout(), nn.Linear(3, 2))
        self.seen = []

    def loss(self, batch):
        pictures, labels = batch
        self.seen.append(pictures)
        return nn.functional.cross_entropy(self.network(pictures), labels)

    def after_step(self):
        pass

    def evaluate(self):
        return {"bias": self.network[1].bias.sum().item()}


def test_examples_of_a_dataset_are_each_seen_once_an_epoch_and_resume_exactly(tmp_path):
    recipe = Recipe(epochs=2, batch_size=8)
    whole = Folder()
    training.train(whole, recipe, seed=1)
    numbers = [torch.cat(whole.seen[start : start + 3])[:, 0].long() for start in (0, 3)]
    assert all(sorted(each.tolist()) == list(range(20)) for each in numbers)
    assert not torch.equal(*numbers)
    assert not torch.equal(torch.cat(whole.seen[:3]).frac(), torch.cat(whole.seen[3:]).frac())

    path = tmp_path / "checkpoint.safetensors"
    first = Folder()
    stop_after(4, first, recipe, seed=1, checkpoint=path)
    second = Folder(seed=5)
    training.train(second, recipe, seed=1, checkpoint=path)
    assert all(map(torch.equal, first.seen + second.seen, whole.seen))
    assert torch.equal(second.network[1].weight, whole.network[1].weight)


class Walker(Experiment):
    """Makes its own examples, as an agent does: a place that it remembers."""

    def __init__(self):
        torch.manual_seed(0)
        self.network = nn.Linear(1, 1)
        self.place = torch.zeros(1)

    def loss(self, batch):
        assert batch is None
        self.place = self.place + 1
        return (self.network(self.place) - self.place).square().mean()

    def evaluate(self):
        return {"place": self.place.item()}

    def state(self):
        return {"place": self.place}

    def load_state(self, state):
        self.place = state["place"]


def test_an_experiment_that_makes_its_own_examples_goes_on_where_it_was(tmp_path):
    recipe = Recipe(steps=9, evaluate_every=3)
    whole = Walker()
    history = training.train(whole, recipe).history
    assert [(each.step, each.epoch) for each in history] == [(3, 0), (6, 0), (9, 0)]
    stop_after(5, Walker(), recipe, checkpoint=tmp_path / "c")
    second = Walker()
    assert training.train(second, recipe, checkpoint=tmp_path / "c").history[-1].metrics == {
        "place": 9
    }
    assert torch.equal(second.network.weight, whole.network.weight)
    with pytest.raises(ValueError, match="epochs got 3; an experiment that makes its own examples"):
        training.train(Walker(), Recipe(epochs=3))


# --- what is remembered ---


def test_what_an_experiment_remembers_need_not_be_finite_if_it_is_a_tensor(tmp_path):
    class Best(Walker):
        best = torch.tensor(float("-inf"))

        def state(self):
            return {**super().state(), "best": self.best}

        def load_state(self, state):
            super().load_state(state)
            self.best = state["best"]

    path = tmp_path / "checkpoint.safetensors"
    recipe = Recipe(steps=9)
    stop_after(5, Best(), recipe, checkpoint=path)
    assert training.train(Best(), recipe, checkpoint=path).finished


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (float("inf"), "state 'best' got inf"),
        ({"a": torch.ones(2)}, "state 'best' got {'a': tensor"),
        (object(), "state 'best' got <object"),
    ],
)
def test_a_state_that_cannot_be_kept_is_named_before_the_first_step(tmp_path, value, says):
    class Odd(Walker):
        def state(self):
            return {"best": value}

        def loss(self, batch):
            raise AssertionError("too late")

    with pytest.raises(ValueError, match=says):
        training.train(Odd(), Recipe(steps=3), checkpoint=tmp_path / "c")


def test_a_state_of_other_names_is_refused(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    recipe = Recipe(steps=9)
    stop_after(5, Walker(), recipe, checkpoint=path)

    class Forgetful(Walker):
        def state(self):
            return {}

    with pytest.raises(StorageError, match="the experiment's state 'place' is missing or extra"):
        training.train(Forgetful(), recipe, checkpoint=path)


def test_a_weight_with_two_names_and_a_buffer_of_infinities_are_kept(tmp_path):
    class Tied(Walker):
        def __init__(self):
            super().__init__()
            self.network.add_module("again", nn.Linear(1, 1))
            self.network.again.weight = self.network.weight
            self.network.register_buffer("mask", torch.tensor([0.0, float("-inf")]))

        def loss(self, batch):
            return super().loss(batch) + self.network.again.bias.square().sum()

    path = tmp_path / "checkpoint.safetensors"
    recipe = Recipe(steps=9)
    whole, second = Tied(), Tied()
    training.train(whole, recipe)
    stop_after(5, Tied(), recipe, checkpoint=path)
    assert training.train(second, recipe, checkpoint=path).finished
    assert torch.equal(second.network.weight, whole.network.weight)


# --- losses that are no numbers ---


class Exploding(Gan):
    """Its generator's loss is no number from its 20th on: in the second turn of the tenth step."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def generator_loss(self, batch):
        self.count += 1
        return super().generator_loss(batch) * (float("nan") if self.count >= 19 else 1)


def test_a_loss_that_is_no_number_ends_it_with_the_last_good_checkpoint_kept(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    says = (
        r"the loss of turn 'generator' is not a finite number at step 10; what was reached by "
        r"step 9 is kept. Try a smaller learning rate"
    )
    with pytest.raises(training.DivergenceError, match=says):
        training.train(Exploding(), GAN, checkpoint=path, checkpoint_seconds=0)
    tensors, about = load_tensors(path)
    assert about["step"] == 9 and all(each.isfinite().all() for each in tensors.values())
    healthy = Gan()
    assert training.train(healthy, GAN, checkpoint=path).finished
    with pytest.raises(training.DivergenceError, match="nothing was kept before"):
        training.train(Exploding(), GAN)


def test_a_weight_that_is_no_number_is_never_kept(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    gan = Gan()

    def spoil(steps=[]):  # noqa: B006  (counts)
        steps.append(1)
        if len(steps) == 12:
            gan.network["generator"].weight.data[0] = float("inf")

    gan.after_step = spoil
    with pytest.raises(training.DivergenceError, match="a weight is not a finite number after"):
        training.train(gan, GAN, checkpoint=path, checkpoint_seconds=0)
    assert load_tensors(path)[1]["step"] == 11


def test_one_of_several_that_diverges_ends_alone():
    class Fragile(Experiment):
        train_size = 16

        def __init__(self, bad):
            torch.manual_seed(0)
            self.network = nn.Linear(1, 1)
            with torch.no_grad():
                self.network.weight.fill_(float("inf") if bad else 1.0)

        def loss(self, batch):
            return self.network(batch.float().unsqueeze(1) + 1).square().mean()

        def evaluate(self):
            return {"weight": self.network.weight.item()}

    members = [training.Member(Fragile(bad), Recipe(epochs=2)) for bad in (False, True, False)]
    results = training.train_together(members)
    assert [result.finished for result in results] == [True, False, True]
    assert results[1].diverged.startswith(
        "the loss of turn 'loss' is not a finite number at step 1"
    )
    assert results[0].history[-1].metrics == results[2].history[-1].metrics


# --- a loop that a library owns ---


class Library(LibraryExperiment):
    """A library that steps four at a time and keeps an optimizer of its own."""

    def __init__(self):
        self.network = nn.Linear(1, 1)
        with torch.no_grad():
            self.network.weight.fill_(0.0)
        self.momentum = 0.0

    def run(self, session):
        step = session.step
        while step < session.steps:
            step = min(step + 4, session.steps)
            self.momentum = 0.9 * self.momentum + 1
            with torch.no_grad():
                self.network.weight += self.momentum
            if not session.advance(step, {"policy": 1 / step, "value": 2.0}):
                return

    def evaluate(self):
        return {"weight": self.network.weight.item()}

    def state(self):
        return {"momentum": self.momentum}

    def load_state(self, state):
        self.momentum = state["momentum"]


LIBRARY = Recipe(steps=30, evaluate_every=10)


def test_a_librarys_loop_reports_the_same_events_stops_and_goes_on(tmp_path):
    whole, told = Library(), []
    result = training.train(whole, LIBRARY, on_event=told.append)
    assert result.finished and [each.step for each in result.history] == [12, 20, 30]
    last = [event for event in told if isinstance(event, training.Progress)][-1]
    assert last.step == 30 and last.losses == {"policy": pytest.approx(1 / 30), "value": 2.0}

    path, stop = tmp_path / "checkpoint.safetensors", threading.Event()
    first = training.train(
        Library(),
        LIBRARY,
        checkpoint=path,
        stop=stop,
        on_event=lambda event: isinstance(event, training.Evaluation) and stop.set(),
    )
    assert first.step == 12 and not first.finished
    second = Library()
    assert training.train(second, LIBRARY, checkpoint=path).finished
    assert torch.equal(second.network.weight, whole.network.weight)


def test_a_librarys_loop_may_follow_the_rate_which_may_change():
    library, rates = Library(), []

    def run(session):
        going = True
        while going:
            rates.append(session.rate)
            going = session.advance(session.step + 1, {"policy": 1.0})

    library.run, library.follows_rate = run, True
    recipe = Recipe(steps=4, learning_rate=0.8, schedule="late_decay", evaluate_every=4)
    training.train(library, recipe)
    assert rates == pytest.approx([0.8, 0.8, 0.515, 0.04])
    del rates[:]
    result = training.train(library, recipe, rate_factor=lambda: 1.0 if len(rates) < 2 else 3.0)
    assert rates == pytest.approx([0.8, 0.8, 1.545, 0.12])
    assert result.rate_changes == [training.RateChange(step=2, factor=3.0)]


def test_a_library_may_go_beyond_the_end_and_begin_without_a_loss(tmp_path):
    path, told = tmp_path / "checkpoint.safetensors", []
    library = Library()

    def run(session):
        assert session.advance(0, {})
        assert session.advance(8, {})
        assert not session.advance(32, {"policy": 1.0})

    library.run = run
    result = training.train(library, LIBRARY, checkpoint=path, on_event=told.append)
    assert result.finished and [(e.step, e.epoch) for e in result.history] == [(30, 0)]
    (last,) = [event for event in told if isinstance(event, training.Progress)]
    assert (last.step, last.epoch, last.losses) == (30, 0, {"policy": 1.0})
    assert training.train(Library(), LIBRARY, checkpoint=path).finished  # nothing is left to do


def test_a_librarys_loss_that_is_no_number_ends_its_loop():
    library = Library()

    def run(session):
        assert session.advance(4, {"policy": 1.0})
        assert not session.advance(8, {"policy": float("nan")})

    library.run = run
    with pytest.raises(
        training.DivergenceError, match="turn 'policy' is not a finite number at st"
    ):
        training.train(library, LIBRARY)


# --- what is wrong is named ---


@pytest.mark.parametrize(
    ("loss", "says"),
    [
        (lambda network: network.weight.square(), r"turn 'loss' got shape \(1, 2\)"),
        (lambda network: torch.tensor(1.0), "turn 'loss' got a number without a gradient"),
        (lambda network: None, "turn 'loss' got None; it takes a scalar"),
    ],
)
def test_a_loss_that_is_none_is_named(loss, says):
    class Odd(Experiment):
        train_size = 4

        def __init__(self):
            self.network = nn.Linear(2, 1)

        def loss(self, batch):
            return loss(self.network)

    with pytest.raises(ValueError, match=says):
        training.train(Odd(), Recipe(epochs=1))


@pytest.mark.parametrize(
    ("turns", "says"),
    [
        ((), "turns got none"),
        (
            (Turn("judge", lambda batch: None, "critic"),),
            "part 'critic', which the network has not",
        ),
        (
            (Turn("idle", lambda batch: GAN_OF_THE_TEST.discriminator_loss(batch), "generator"),),
            "turn 'idle' does not depend on the part that it moves, 'generator'",
        ),
    ],
)
def test_turns_that_could_do_nothing_are_named(turns, says):
    gan = GAN_OF_THE_TEST
    gan.turns = lambda: turns
    with pytest.raises(ValueError, match=says):
        training.train(gan, GAN)


GAN_OF_THE_TEST = Gan()


@pytest.mark.parametrize(
    ("metrics", "says"),
    [
        ([{"a": 1.0}, {"a": 1.0, "b": 2.0}], "metrics got a, b; every evaluation takes the first"),
        ([{"step": 1.0}], "a metric got the name 'step'"),
    ],
)
def test_metrics_that_are_no_columns_are_named(metrics, says):
    gan, given = Gan(), iter(metrics)
    gan.evaluate = lambda: next(given)
    with pytest.raises(ValueError, match=says):
        training.train(gan, GAN)


def test_metrics_may_be_tensors_and_are_kept_as_numbers(tmp_path):
    gan = Gan()
    gan.evaluate = lambda: {"size": torch.tensor(2.0)}
    history = training.train(gan, GAN, checkpoint=tmp_path / "c").history
    assert [type(each.metrics["size"]) for each in history] == [float] * 3


def test_a_turn_without_parameters_is_named():
    gan = Gan()
    gan.network["generator"].requires_grad_(False)
    with pytest.raises(
        ValueError, match="'generator' got part 'generator', which has no trainable"
    ):
        training.train(gan, GAN)


def test_experiments_of_another_kind_are_not_trained_as_one():
    with pytest.raises(ValueError, match="one turn a step and examples in memory; Gan has others"):
        training.train_together([training.Member(Gan(), GAN), training.Member(Gan(), GAN)])
    with pytest.raises(ValueError, match="take numbered train examples; Walker makes its own"):
        training.train_together([training.Member(Walker(), GAN), training.Member(Walker(), GAN)])


def test_a_checkpoint_of_another_kind_of_experiment_is_refused(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    stop_after(2, Gan(), checkpoint=path)

    class OneTurn(Gan):
        def turns(self):
            return super().turns()[:1]

    with pytest.raises(ValueError, match=r"its turns is \['discriminator', 'generator', 'gener"):
        training.train(OneTurn(), GAN, checkpoint=path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t, a: a.update(step=500), "step got 500; the training has 12"),
        (lambda t, a: a.update(step=-1), "step got -1"),
        (lambda t, a: a.update(finished="no"), "finished got 'no'"),
        (lambda t, a: a.pop("history"), "lacks its 'history'"),
        (lambda t, a: a.update(history=[3]), "history[0] got 3"),
        (lambda t, a: a.pop("seconds"), "lacks its 'seconds'"),
        (lambda t, a: a.update(identity=3), "identity got 3"),
        (lambda t, a: t.pop("optimizer.1.exp_avg"), "optimizer.1.exp_avg got nothing"),
        (lambda t, a: [t.pop(n) for n in list(t) if n.startswith("optimizer.2.")], "parameter 2"),
        (lambda t, a: t.pop("random.cpu"), "cpu got nothing"),
        (lambda t, a: t.update({"random.cpu": torch.zeros(3)}), "cpu got torch.float32"),
        (lambda t, a: t["random.cpu"].zero_(), "random.cpu holds what is no state of a generator"),
        (
            lambda t, a: t.update({"network.generator.bias": torch.tensor([1.0, float("nan")])}),
            "network.generator.bias holds a value that is not a finite number",
        ),
    ],
)
def test_a_damaged_checkpoint_is_one_line_that_names_the_file(tmp_path, change, says):
    path = tmp_path / "checkpoint.safetensors"
    stop_after(2, Gan(), checkpoint=path)
    tensors, about = load_tensors(path)
    change(tensors, about)
    save_tensors(path, tensors, about)
    gan = Gan(seed=4)
    before = copy.deepcopy(gan.network.state_dict())
    with pytest.raises(StorageError, match=r"checkpoint\.safetensors is not a checkpoint") as error:
        training.train(gan, GAN, checkpoint=path)
    assert says in str(error.value) and "\n" not in str(error.value)
    assert same(gan.network.state_dict(), before)
