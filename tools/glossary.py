"""The course's technical words, and the page that lists them: `notebooks/glossary.ipynb`.

A notebook introduces a word where a sentence explains it, as `<dfn>seed</dfn>`. Each word is
introduced once, and has its sentence here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from tools import rules

NAME = "glossary.ipynb"
MARK = re.compile(r"<dfn>(.*?)</dfn>", re.DOTALL)
HEAD = """# Glossary

The course's technical words, a sentence each, and the notebook that introduces them.
<!-- written by tools/glossary.py -->"""

WORDS = {
    "1×1 convolution": "A convolution whose filter sees a single pixel: the same small function "
    "of the channels at every place.",
    "accuracy": "The share of examples with exactly the right answer.",
    "Adam": "An optimiser that gives each weight a step size of its own, from running means of "
    "its gradient and of the gradient's square.",
    "advantage": "How much more a move has returned than the critic had expected of the state.",
    "agent": "A network that acts: it sees a state, makes a move, and sees what came of it.",
    "anchor": "A box that is always there, from which a detector counts where an object's box "
    "lies.",
    "arm": "One of the kinds of networks that a comparison compares, all treated alike.",
    "autoencoder": "Two networks, one that squeezes an example into a few numbers and one that "
    "makes it anew from them.",
    "average precision": "A detector's precision over all thresholds of its scores, in one number: "
    "how many of its boxes are right, averaged over how many objects are found.",
    "backward": "The pass in which the loss's slope for every weight is computed, from the last "
    "layer back to the first.",
    "batch": "The examples that decide together over one step.",
    "batch normalisation": "A layer that brings each channel to mean 0 and variance 1 over the "
    "batch, then scales and shifts it by two learnt numbers.",
    "bfloat16": "A number format of 16 bits, as wide in range as 32 bits but with two to three "
    "decimal digits.",
    "canvas": "The square grid of pixels on which a network paints.",
    "control": "A run for comparison, which differs from another one in what is to be judged.",
    "CoordConv": "A convolution that gets coordinate channels beside the channels of its input.",
    "coordinate channel": "A channel added to a picture that holds each pixel's own column or "
    "row, scaled to −1 to 1.",
    "critic": "The part of an agent that says which return to expect from a state.",
    "cross-entropy": "The loss for a choice among classes: minus the logarithm of the "
    "probability that was given to the right one.",
    "dead unit": "A unit whose ReLU gives 0 for every example, so that no gradient reaches its "
    "weights any more.",
    "deconvolution": "A convolution turned round, also called transposed: each input pixel "
    "presses a stamp of weights onto an output, which is mostly the larger picture.",
    "detection": "Drawing a box around every object in a picture, and maybe naming it.",
    "dilated convolution": "A convolution whose taps lie several pixels apart.",
    "discount": "The number below 1 by which a reward is multiplied for each move that it comes "
    "later.",
    "discriminator": "The network of a GAN that says which pictures are real and which are made.",
    "entropy": "How evenly something is spread over cells: 0 if all lies in one, the logarithm of "
    "their number if all have as much.",
    "episode": "A game of an agent's from its beginning to its end.",
    "epoch": "One pass over all train examples.",
    "extrapolation": "Answering for inputs outside the region that the train examples cover.",
    "forward": "The pass in which a network computes its answer from its input.",
    "generator": "A network that makes pictures out of random numbers.",
    "global pooling": "Taking one number from each channel, its mean or its maximum over all "
    "pixels.",
    "gradient descent": "Moving each weight against its slope, by the slope times the learning "
    "rate.",
    "He initialisation": "Random first weights with variance 2 / (number of inputs), meant for "
    "layers that ReLU follows.",
    "held out": "Kept away from training, to test with.",
    "interpolation": "Answering for inputs that lie between train examples.",
    "IOU": "Intersection over union, the area that two shapes share divided by the area that "
    "they cover together: 0 where they don't touch, 1 where they are the same.",
    "L2 penalty": "A part of the loss, a factor times the sum of all squared weights, which "
    "pulls the weights towards 0.",
    "latent vector": "The few numbers out of which a network paints a picture.",
    "learning rate": "The setting that says how large an optimiser's steps are.",
    "logit": "The number that a network gives for a class or a pixel before softmax or sigmoid "
    "makes a probability of it.",
    "loss": "The number that training tries to make small: how wrong the answers are.",
    "lower bound": "A number that the true one is at least as large as, whatever it is.",
    "margin": "How large a difference would matter, said before one looks; arms that differ by "
    "less for sure are equivalent.",
    "mean squared error": "The loss for answers that are numbers: the mean of the squared "
    "differences from the right ones.",
    "mode collapse": "What a generator does whose pictures are good but too much alike.",
    "multiply-add": "One multiplication and the addition that follows it, the unit in which a "
    "network's work is counted.",
    "nat": "The unit of a cross-entropy that is computed with the natural logarithm.",
    "non-maximum suppression": "Keeping the surest of boxes that overlap much, over and over, "
    "until no two that are left do.",
    "optimiser": "The rule by which gradients become changes of the weights.",
    "pilot": "A small experiment before the real one, with seeds and tests of its own: it says how "
    "large the real one has to be.",
    "policy": "How probable an agent makes each move, in each state.",
    "pooling": "Replacing several pixels of a channel by one number, such as their largest or "
    "their mean.",
    "position": "A pair (x, y), the column and the row of a pixel, counted from 0 at the upper "
    "left.",
    "position bias": "What a layer's coordinate channels add to its output: a map for each "
    "output channel that doesn't depend on the input.",
    "power": "How often a test finds what is there.",
    "Q-learning": "Learning, for each move, which return to expect after it; the best move is "
    "made.",
    "quadrant split": "The split that holds out one quarter of the canvas, the lower right one.",
    "recorded run": "A training that was done beforehand and is kept with its command, its "
    "machine and all its measurements.",
    "region-proposal network": "A network that says for each anchor whether an object is there, "
    "and how to move the anchor onto it.",
    "ReLU": "The function max(0, x), applied to each number that a layer gives.",
    "reparametrisation trick": "A random number made of noise that is drawn apart from what is to "
    "be learnt, so that gradients reach mean and variance.",
    "return": "The sum of a move's reward and all later ones, each discounted.",
    "rollout": "A few moves in a row, played in many worlds side by side, from which an agent "
    "learns at once.",
    "saliency": "A map of where a network looks: how much its answer changes where a patch is "
    "hidden.",
    "seed": "The number from which all random choices of a run follow.",
    "softmax": "The function that turns the logits of all classes into probabilities, which are "
    "positive and add up to 1.",
    "step": "One change of the weights, made after looking at one batch.",
    "stride": "How many pixels a filter moves on from one place to the next.",
    "sweep": "Many runs whose settings are varied by plan, such as every combination of a few "
    "values.",
    "tap": "One of the places at which a filter looks; a 3 × 3 filter has nine.",
    "translation equivariance": "The property that a shifted input gives the same output, "
    "shifted alike.",
    "trunk": "The layers of a network before its heads, which give features of what it sees.",
    "twin": "One of two networks that are alike but for what is to be judged.",
    "uniform split": "The split that holds out positions drawn at random all over the canvas.",
    "upsampling": "Making a picture larger, such as by copying each pixel.",
    "Xavier initialisation": "Random first weights with variance 2 / (number of inputs + number "
    "of outputs).",
}


def introduced(paths: Iterable[Path]) -> list[tuple[str, Path]]:
    """Every word marked in the notebooks at `paths`, in order, with its notebook."""
    return [
        (" ".join(word.split()), path)
        for path in paths
        for _, text in rules.texts(nbformat.read(path, as_version=4))
        for word in MARK.findall(text)
    ]


def complaints(found: list[tuple[str, Path]]) -> list[str]:
    """What is wrong with the words that `introduced` has found."""
    words = [word for word, _ in found]
    kinds = {
        "no notebook introduces": [word for word in WORDS if word not in words],
        "tools/glossary.py has no sentence for": [word for word in words if word not in WORDS],
        "introduced more than once:": [word for word in set(words) if words.count(word) > 1],
    }
    return [f"{kind} {', '.join(sorted(each))}" for kind, each in kinds.items() if each]


def page(found: list[tuple[str, Path]]) -> NotebookNode:
    """The glossary, of the words that are introduced and have a sentence."""
    where = {word: path.name for word, path in reversed(found)}
    lines = [
        f"- **{word}** ([{where[word][:2]}]({where[word]})): {WORDS[word]}"
        for word in sorted(WORDS, key=str.casefold)
        if word in where
    ]
    return new_notebook(cells=[new_markdown_cell(HEAD), new_markdown_cell("\n".join(lines))])
