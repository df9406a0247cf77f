"""Answers for notebook 07's workshop: the moves of both players."""

import copy

import torch
from torch import nn
from torch.nn import functional as F

from tests.exercises.answers_opposing import both, deceived, losses


def judged(generator, discriminator, optimizer, real, latents, loss=both):
    result = loss(discriminator(real), discriminator(generator(latents).detach()))
    optimizer.zero_grad()
    result.backward()
    optimizer.step()
    return result


def judged_in_two(generator, discriminator, optimizer, real, latents):
    """Another right form: two gradients that add up."""
    discriminator.zero_grad()
    of_real = F.softplus(-discriminator(real)).mean()
    of_real.backward()
    of_fakes = F.softplus(discriminator(generator(latents).detach())).mean()
    of_fakes.backward()
    optimizer.step()
    return of_real.item() + of_fakes.item()


def judged_at_once(generator, discriminator, optimizer, real, latents):
    """Another right form: all pictures in one batch, and gradients cleared on both sides."""
    with torch.no_grad():
        fakes = generator(latents)
    optimizer.zero_grad()
    on_real, on_fake = discriminator(torch.cat((real, fakes))).chunk(2)
    result = both(on_real, on_fake)
    result.backward()
    optimizer.step()
    optimizer.zero_grad()
    return result.detach().numpy()


def judged_by_hand(generator, discriminator, optimizer, real, latents):
    parameters = list(discriminator.parameters())
    result = both(discriminator(real), discriminator(generator(latents)))
    for one, slope in zip(parameters, torch.autograd.grad(result, parameters), strict=True):
        one.grad = slope
    optimizer.step()
    return float(result)


def judged_beside_a_frozen_one(generator, *rest):
    """Another right form: the generator is frozen meanwhile."""
    generator.requires_grad_(False)
    result = judged(generator, *rest)
    generator.requires_grad_(True)
    return result


def judges(*order, loss=both, detached=True):
    """A step that does what is named, in that order; "loss" comes first."""

    def step(generator, discriminator, optimizer, real, latents):
        fakes = generator(latents)
        result = loss(discriminator(real), discriminator(fakes.detach() if detached else fakes))
        doing = {
            "zero_grad": optimizer.zero_grad,
            "backward": lambda: result.backward(retain_graph=True),
            "step": optimizer.step,
        }
        for each in order:
            doing[each]()
        return result

    return step


USUAL = "zero_grad", "backward", "step"


def judges_noise(generator, discriminator, optimizer, real, latents):
    return judged(generator, discriminator, optimizer, real, torch.randn_like(latents))


def judges_without_gradients(generator, discriminator, optimizer, real, latents):
    with torch.no_grad():
        result = both(discriminator(real), discriminator(generator(latents)))
    optimizer.zero_grad()
    result.backward()
    optimizer.step()
    return result


def leaves_it_frozen(generator, *rest):
    generator.requires_grad_(False)
    return judged(generator, *rest)


def with_network(place, change, step):
    """A right step that first does something to one of both networks."""

    def changed(*given):
        change(given[place])
        return step(*given)

    return changed


def clears_the_generator(step, clear=lambda one: setattr(one, "grad", None)):
    """A step that clears the generator's gradients at its end."""

    def cleared(generator, *rest):
        result = step(generator, *rest)
        for one in generator.parameters():
            clear(one)
        return result

    return cleared


def moves_the_generator(generator, *rest):
    result = judged(generator, *rest)
    with torch.no_grad():
        for one in generator.parameters():
            one += 0.1
    return result


def an_optimizer_of_its_own(generator, discriminator, optimizer, *given):
    own = torch.optim.SGD(discriminator.parameters(), lr=0.1)
    return judged(generator, discriminator, own, *given)


def moves_a_copy(generator, discriminator, optimizer, *given):
    return judged(generator, copy.deepcopy(discriminator), optimizer, *given)


def changes_real(generator, discriminator, optimizer, real, latents):
    result = judged(generator, discriminator, optimizer, real, latents)
    real.clamp_(0, 1)
    return result


def then(loss, late=False):
    """A right step that returns another loss: of the logits before, or late, after it."""

    def step(generator, discriminator, optimizer, real, latents):
        before = loss(discriminator(real), discriminator(generator(latents)))
        judged(generator, discriminator, optimizer, real, latents)
        return loss(discriminator(real), discriminator(generator(latents))) if late else before

    return step


def taken_for_real(on_fake):
    return F.softplus(-on_fake).mean()


def painted(generator, discriminator, optimizer, latents, loss=taken_for_real):
    result = loss(discriminator(generator(latents)))
    optimizer.zero_grad()
    result.backward()
    optimizer.step()
    return result


def painted_before_a_frozen_one(generator, discriminator, *rest):
    """Another right form: the discriminator is frozen meanwhile."""
    discriminator.requires_grad_(False)
    result = painted(generator, discriminator, *rest)
    discriminator.requires_grad_(True)
    return result.item()


def painted_by_losses(generator, discriminator, optimizer, latents):
    on_fake = discriminator(generator(latents))
    _, result = losses(on_fake, on_fake)
    generator.zero_grad()
    discriminator.zero_grad()
    result.backward()
    optimizer.step()
    return result.detach().numpy()


def painted_by_hand(generator, discriminator, optimizer, latents):
    parameters = list(generator.parameters())
    result = taken_for_real(discriminator(generator(latents)))
    for one, slope in zip(parameters, torch.autograd.grad(result, parameters), strict=True):
        one.grad = slope
    optimizer.step()
    return result.item()


def paints(*order, detached=False):
    """A step that does what is named, in that order."""

    def step(generator, discriminator, optimizer, latents):
        fakes = generator(latents)
        result = taken_for_real(discriminator(fakes.detach() if detached else fakes))
        doing = {"zero_grad": optimizer.zero_grad, "step": optimizer.step}
        for each in order:
            doing.get(each, result.backward)()
        return result

    return step


def paints_without_gradients(generator, discriminator, optimizer, latents):
    with torch.no_grad():
        fakes = generator(latents)
    return painted(nn.Identity(), discriminator, optimizer, fakes)


def sees_without_gradients(generator, discriminator, optimizer, latents):
    fakes = generator(latents)
    with torch.no_grad():
        logits = discriminator(fakes)
    return painted(nn.Identity(), nn.Identity(), optimizer, logits)


def sees_what_is_frozen(generator, discriminator, *rest):
    discriminator.requires_grad_(False)
    return paints_without_gradients(generator, discriminator, *rest)


def paints_noise(generator, discriminator, optimizer, latents):
    return painted(generator, discriminator, optimizer, torch.rand_like(latents))


def leaves_the_judge_frozen(generator, discriminator, *rest):
    discriminator.requires_grad_(False)
    return painted(generator, discriminator, *rest)


def moves_the_judge(generator, discriminator, *rest):
    result = painted(generator, discriminator, *rest)
    with torch.no_grad():
        for one in discriminator.parameters():
            one -= 0.1 * one.grad
    return result


def returns_late(generator, discriminator, optimizer, latents):
    painted(generator, discriminator, optimizer, latents)
    return taken_for_real(discriminator(generator(latents)))


def returns(loss):
    """A right step that returns another loss of the logits before it."""

    def step(generator, discriminator, optimizer, latents):
        before = loss(discriminator(generator(latents)))
        painted(generator, discriminator, optimizer, latents)
        return before

    return step


def judges_latents(generator, discriminator, optimizer, latents):
    on_fake = discriminator(generator(latents))
    return painted(
        generator,
        discriminator,
        optimizer,
        latents,
        lambda _: losses(discriminator(latents), on_fake)[1],
    )


def returns_nothing(*given):
    painted(*given)


def by(loss):
    return lambda *given: painted(*given, loss)


RIGHT = {
    "7.5": [
        judged,
        judged_in_two,
        judged_at_once,
        judged_by_hand,
        judged_beside_a_frozen_one,
        judges("backward", "zero_grad", *USUAL[1:]),
    ],
    "7.6": [painted, painted_before_a_frozen_one, painted_by_losses, painted_by_hand],
}

WRONG = {
    "7.5": [
        (judges("backward", "step"), "gradients that an earlier `backward()` has left count as"),
        (judges("backward", "step", "zero_grad"), "gradients that an earlier `backward()` has"),
        (judges(*USUAL, detached=False), "gradients are left in the generator"),
        (judges("zero_grad", "backward"), "doesn't move: `optimizer.step()` is missing"),
        (judges("zero_grad", "step"), "doesn't move: no `backward()` reaches it"),
        (judges("step"), "the discriminator moves by old gradients alone"),
        (
            judges("backward", "zero_grad", "step"),
            "doesn't move: between `backward()` and `step()` its gradients are cleared",
        ),
        (
            judges("zero_grad", "step", "backward"),
            "doesn't move: `step()` comes before `backward()`",
        ),
        (judges(*USUAL, "step"), "`optimizer.step()` is called more than once in a turn"),
        (judges(*USUAL, loss=deceived), "the discriminator moves by the generator's loss"),
        (
            judges(*USUAL, loss=lambda *case: sum(losses(*case))),
            "the discriminator moves by both losses",
        ),
        (
            judges(*USUAL, loss=lambda real, fake: deceived(fake, real)),
            "the discriminator moves by real pictures alone",
        ),
        (
            judges(*USUAL, loss=lambda real, fake: F.softplus(fake).mean()),
            "the discriminator moves by the fakes alone",
        ),
        (
            judges(*USUAL, loss=lambda real, fake: both(fake, real)),
            "real pictures and fakes are swapped",
        ),
        (judges(*USUAL, loss=lambda *case: -both(*case)), "moves up its loss instead of down"),
        (
            judges(*USUAL, loss=lambda real, fake: both(real, fake) * len(real)),
            "the discriminator moves by a sum over the batch",
        ),
        (
            judges(*USUAL, loss=lambda *case: both(*case) / 2),
            "the discriminator moves by half its loss",
        ),
        (
            judges(*USUAL, loss=lambda *case: 3 * both(*case)),
            "with SGD: after 2 turns one of its weights is",
        ),
        (judges_noise, "asked again, you move the discriminator elsewhere"),
        (judges_without_gradients, "element 0 of tensors does not require grad"),
        (leaves_it_frozen, "but the other network stays frozen"),
        (
            with_network(0, nn.Module.eval, judged),
            "as it should, but the other network stays in eval mode",
        ),
        (with_network(1, nn.Module.eval, judged), "but the discriminator stays in eval mode"),
        (moves_the_generator, "it is the discriminator's turn, but the other network moves as"),
        (an_optimizer_of_its_own, "the discriminator moves, but not by `optimizer`"),
        (moves_a_copy, "doesn't move: no `backward()` reaches it"),
        (changes_real, "changes `real`"),
        (then(both, late=True), "but you return the loss after the step"),
        (then(deceived), "but you return the generator's loss"),
        (
            then(lambda real, fake: deceived(fake, real)),
            "but you return the part of the real pictures alone",
        ),
        (
            then(lambda real, fake: F.softplus(fake).mean()),
            "but you return the part of the fakes alone",
        ),
        (then(lambda *case: both(*case) + 1), "the loss before the step"),
        (then(losses), "the result is a tuple; wanted is one number"),
        (then(lambda *case: both(*case)[None]), "the result has shape (1,); wanted is one number"),
        (clears_the_generator(judges(*USUAL)), "but you clear the generator's gradients; they are"),
        (
            clears_the_generator(judges(*USUAL, detached=False)),
            "but you clear the generator's gradients; they are not yours",
        ),
        (
            with_network(0, nn.Module.zero_grad, judges(*USUAL, detached=False)),
            "but gradients are left in the generator",
        ),
        (
            clears_the_generator(judges(*USUAL, detached=False), lambda one: one.grad.zero_()),
            "but you clear the generator's gradients; they are not yours",
        ),
    ],
    "7.6": [
        (paints("backward", "step"), "gradients that an earlier `backward()` has left count as"),
        (paints("backward", "step", "zero_grad"), "gradients that an earlier `backward()` has"),
        (paints(*USUAL, detached=True), "no gradient gets back to it through its pictures"),
        (paints_without_gradients, "no gradient gets back to it through its pictures"),
        (sees_without_gradients, "element 0 of tensors does not require grad"),
        (
            paints("backward", "step", detached=True),
            "the generator moves by old gradients alone",
        ),
        (paints("zero_grad", "backward"), "doesn't move: `optimizer.step()` is missing"),
        (paints("zero_grad", "step"), "doesn't move: no `backward()` reaches it"),
        (paints("zero_grad", "step", "backward"), "`step()` comes before `backward()`"),
        (paints("backward", "zero_grad", "step"), "between `backward()` and `step()`"),
        (by(lambda fake: -F.softplus(fake).mean()), "by the loss that saturates"),
        (by(lambda fake: F.softplus(fake).mean()), "by the discriminator's loss, and learns to be"),
        (by(lambda fake: -taken_for_real(fake)), "the generator moves up its loss instead of down"),
        (by(lambda fake: F.softplus(-fake).sum()), "the generator moves by a sum over the batch"),
        (by(lambda fake: taken_for_real(fake) / 2), "the generator moves by half its loss"),
        (
            by(lambda fake: both(fake, fake)),
            "the generator moves by the first of the two losses, the discriminator's",
        ),
        (
            by(lambda fake: -both(fake, fake)),
            "the generator moves by the discriminator's loss with its sign turned",
        ),
        (by(lambda fake: -fake.mean()), "the generator moves by the logit itself"),
        (by(lambda fake: 3 * taken_for_real(fake)), "with SGD: after 2 turns one of its weights"),
        (judges_latents, "mat1 and mat2 shapes cannot be multiplied"),
        (paints_noise, "asked again, you move the generator elsewhere"),
        (leaves_the_judge_frozen, "but the other network stays frozen"),
        (with_network(1, nn.Module.eval, painted), "but the other network stays in eval mode"),
        (moves_the_judge, "it is the generator's turn, but the other network moves as well"),
        (returns_late, "but you return the loss after the step"),
        (
            returns(lambda fake: both(fake, fake)),
            "as it should, but you return the first of the two losses, the discriminator's",
        ),
        (
            returns(lambda fake: F.softplus(fake).mean()),
            "but you return the discriminator's loss, of which",
        ),
        (sees_what_is_frozen, "element 0 of tensors does not require grad"),
        (lambda *given: [painted(*given).item()], "the result is a list; wanted is one number"),
        (returns_nothing, "returned None; is its `return` missing?"),
        (lambda *given: painted(*given) / 2, "the loss before the step"),
    ],
}
