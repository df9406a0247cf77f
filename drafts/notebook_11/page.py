"""Notebook 11, as a list of cells; build.py makes the page. M text, C code, X an exercise's cells."""
CELLS = []
def M(source): CELLS.append(("markdown", source))
def C(source): CELLS.append(("code", source))
def X(number): CELLS.append(("exercise", number))

M("""# Does an agent gain?

<!-- minutes -->
<!-- /minutes -->

**You will**

- find out which networks know where they are, and which don't,
- write A2C, an algorithm by which an agent learns from its own moves, and train four agents by it,
- predict and map which goals they reach that they were never sent to,
- say since when an agent has learnt something, and compare agents over seeds,
- weigh what the paper says of agents that play Atari.

**You need** the CoordConv layer of [notebook 03](03_build_coordconv.ipynb) and the two splits of [notebook 01](01_the_coordinate_puzzle.ipynb).""")
C("""SETUP""")
C("""import math

import torch
from torch import Tensor

from coordlib import exercises, plots, records, statistics, training
from coordlib.coordinates import coordinate_channels
from coordlib.tasks import goto
from coordlib.tasks.goto.world import goal_cells, observe, outcome
from coordlib.widgets import LiveTraining, Prediction, Replay""")
M("""## A world of 64 cells

So far a network answered once. An <dfn>agent</dfn> answers again and again: it sees a picture, makes a move, and sees what came of it. The paper (section 5) lets agents play Atari games, and reports that those of one kind gain from coordinates and those of another don't. That is at this page's end. First a world so small that nothing in it is hidden, *GoTo*, which is this course's own.

A cursor, one white pixel on 8 × 8, is to be led to a goal. The goal isn't drawn. It is *told*, as in notebook 01: two numbers, its x and y from -1 to 1, each in a channel of its own, the same at every pixel. There are four moves; at an edge one stays where one is. A move earns -0.01, 0.1 more if the goal is nearer then, 0.1 less if it is farther, and 1 at the goal. There an <dfn>episode</dfn> ends, or after 24 moves.""")
C("""cursor, goal = torch.tensor([8 * 2 + 1]), torch.tensor([8 * 5 + 6])  # cells, counted row by row
seen = observe(cursor, goal)
print("what the agent sees:", tuple(seen.shape))
print(f"told: x = {seen[0, 1, 0, 0]:.2f}, y = {seen[0, 2, 0, 0]:.2f}")
there, reward = outcome(cursor, goal, torch.tensor([3]))
print(f"a move to the right leads to cell {there.item()} and earns {reward.item():.2f}")""")
M("""Goals are held out as in the paper's quadrant split: those of the lower right quarter are never trained on. An agent that has understood what the two numbers say should find them all the same.

An agent here is a network with a *trunk*, which makes 128 numbers, its *features*, of what it sees, and two heads on it: the *actor* gives a logit for each move. Their softmax is the <dfn>policy</dfn>: how probable each move is. (The other head, the critic, comes later.) Watch one that has learnt nothing:""")
C('''def episode(network, cursor: int, goal: int) -> tuple[Tensor, list[str]]:
    """Frames and captions of an episode by the most probable moves; the goal is drawn for us."""
    cells = [cursor]
    with torch.inference_mode():
        while cells[-1] != goal and len(cells) <= 24:
            here, there = torch.tensor([cells[-1]]), torch.tensor([goal])
            move = network(observe(here, there))[0].argmax(1)
            cells.append(outcome(here, there, move)[0].item())
    frames = torch.zeros(len(cells), 64, dtype=torch.uint8)
    frames[:, goal] = 110
    frames[range(len(cells)), cells] = 255
    return frames.view(-1, 8, 8), [f"after {number} moves" for number in range(len(cells))]


untrained = goto.Settings("pooled", coordinates="input").build(0)
Replay({"untrained": episode(untrained, 17, 46)}, pace=6)''')
M("""## Three trunks

What a network can know of places depends on its trunk:

- **pooled**: 1 × 1 filters, then each channel's largest value over the canvas;
- **padded**: the second layer has 3 × 3 filters with zeros around the canvas, then the same;
- **flat**: two such layers, then all 8 · 8 / 16 places' numbers side by side into a fully connected layer, as the usual Atari agents have it.

Each of them can also get coordinates, by making its first layer a CoordConv layer. Which of them know where the cursor is?""")
X(1)
C("""place_matters = exercises.own("11.1", place_matters)
print("           without     with coordinates")
for name in goto.NETWORKS:
    trunks = [goto.Settings(name, coordinates=of).build(0).trunk for of in ("none", "input")]
    told = [float(place_matters(trunk, seen)) for trunk in trunks]
    print(f"{name:8}   ≈ {told[0]:.3f}     ≈ {told[1]:.3f}")""")
M("""Untrained, with random weights: *pooled* is blind without coordinates. Wherever the cursor is, the largest value is the same. *Padded* sees the cursor change its answer near an edge, and *flat* everywhere: its last layer has weights of its own for every place. What will they learn? An agent *has learnt* the goals that it is trained on if it reaches them in more than 95 % of episodes.""")
C("""ARMS = {"pooled, plain": ("pooled", "none"), "pooled, CoordConv": ("pooled", "input"),
        "flat, plain": ("flat", "none"), "flat, CoordConv": ("flat", "input")}
learns = {arm: Prediction(f"{arm}: how often will it reach the goals that it is trained on?",
                          low=0, high=100, unit="%") for arm in ARMS}
learns["pooled, plain"]""")
for arm in ("pooled, CoordConv", "flat, plain", "flat, CoordConv"):
    C(f'learns["{arm}"]')
C("""unseen = Prediction("Of the two arms with CoordConv, which reaches more of the goals that were "
                    "held out?", choices=["pooled", "flat", "the same within 5 points"])
unseen""")
M("""## Workshop: write A2C · 45 minutes

How does an agent learn? Nobody tells it the right move. It plays, and makes moves more probable that turned out better than expected. *A2C*, "advantage actor-critic", does so in turns: play a *rollout* of five moves in 64 worlds side by side, reckon what each move was worth, move the weights once, and go on. You write what is reckoned. (Of the 45 minutes 30 are the exercises'.)

What was a move worth? Its reward, and all that came after it, a later reward a little less: each step multiplies by the <dfn>discount</dfn>, here 0.97. That sum is the <dfn>return</dfn>. But after five moves the game goes on. What is still to come is guessed by the network's second head, the *critic*: it says of a state what return to expect from it, the state's <dfn>value</dfn>.""")
X(2)
X(3)
M("""Now the losses. The difference between what a move was worth and what the critic had expected is the <dfn>advantage</dfn>. Above 0, the move was better than expected: make it more probable.""")
X(4)
C("""n_step_returns = exercises.own("11.2", n_step_returns)
with_what_follows = exercises.own("11.3", with_what_follows)
losses = exercises.own("11.4", losses)""")
M("""The loss of a step is the policy loss, plus half the value loss, less 0.01 times the entropy: a policy that is sure of itself too soon tries nothing new. Four agents learn by your functions (or by the course's, where yours haven't passed), 102,400 moves each.""")
C("""device = training.pick_device()


def train(arm: str) -> tuple:
    trunk, coordinates = ARMS[arm]
    settings, recipe = goto.preset(trunk, coordinates=coordinates)
    agent = goto.A2C(settings.build(0).to(device), returns=n_step_returns,
                     follows=with_what_follows, losses=losses)
    live = LiveTraining(agent, recipe, seed=0, title=arm, colour=plots.side_colour(arm),
                        picture=lambda: goto.hits(agent.network)[None],
                        captions=["reached, by goal"], metrics=["hit_unseen", "hit"])
    live.wait()
    return agent, live.result""")
M("""The picture shows how often each goal is reached, a pixel a goal; below, the dashed line is the share of unseen goals, the solid one that of the goals that are trained. Neither is counted from a sample: in so small a world the probability to arrive in time can be worked out exactly, from all starts.""")
C("""trained = {arm: train(arm) for arm in ARMS}""")
C("""print("                     trained on     unseen")
shares = {}
for arm, (agent, _) in trained.items():
    shares[arm] = {name: 100 * value for name, value in agent.evaluate().items()}
    print(f"{arm:18}   ≈ {shares[arm]['hit']:7.0f} %   ≈ {shares[arm]['hit_unseen']:4.0f} %")
    learns[arm].compare(shares[arm]["hit"], arm)
ahead = shares["pooled, CoordConv"]["hit_unseen"] - shares["flat, CoordConv"]["hit_unseen"]
unseen.compare("the same within 5 points" if abs(ahead) <= 5 else "pooled" if ahead > 0 else "flat",
               "more unseen goals")
print("pooled: CoordConv learns and the plain one doesn't:",
      shares["pooled, CoordConv"]["hit"] > 95 > 60 > shares["pooled, plain"]["hit"])""")
C("""held_out = torch.zeros(64, dtype=torch.bool)
held_out[goal_cells("test")] = True
fig, axes = plots.figure(columns=4, width=11, height=3)
plots.show_hits(axes, {arm: goto.hits(agent.network) for arm, (agent, _) in trained.items()},
                held_out.view(8, 8))
plots.show(fig, "How often each goal is reached, by the four agents, the held-out quarter outlined.")""")
M("""TEXT about maps, in the run that is saved here …""")
C("""Replay({arm: episode(agent.network.cpu().eval(), 17, 46) for arm, (agent, _) in trained.items()},
       pace=6)""")
X(5)
C("""learnt_at = exercises.own("11.5", learnt_at)
for arm, (_, result) in trained.items():
    moves = [320 * step for step in result.history["step"]]
    print(f"{arm:18} ≈ {float(learnt_at(moves, result.history['hit'], 0.95)):,.0f} moves")""")
M("""## Recorded: ten seeds each

(The plan, data/plans/agents.json; 120 runs; table hits/unseen with intervals; learnt_at by arm; pairs CoordConv less plain by seed within a trunk; DQN beside A2C for C24; prediction before the table.)""")
M("""## Why *flat* knows where it is

(place_matters of trained trunks; what that means for the paper's Atari trunk, which is of this kind.)""")
M("""## Atari

(What the network sees: four frames, coordinates; recorded curves with intervals; replays; saliency; the Q-learning claim.)""")
