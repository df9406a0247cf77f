"""Notebook 03 under a student's hands: their own loop stopped, a control, the probe, full size."""

from __future__ import annotations

from playwright.sync_api import expect


def test_the_page_goes_on_with_the_students_own(solved):
    for step in ("3.1", "3.2", "3.3", "3.5", "3.6", "3.7"):
        assert f"{step} yours" in solved.output(solved.cell(f'exercises.own("{step}"'))


def test_a_stopped_training_leaves_something_to_measure(solved):
    solved.execute("recipe = dataclasses.replace(recipe, epochs=500)")
    solved.run_and_stop("shown = torch.tensor")
    said = solved.run("each_epoch.index(1)")
    assert "more than 95 % of the unseen quadrant is right at the end:" in said


def test_a_control_is_predicted_and_stopped(solved):
    solved.predict("control_guess = Prediction(", "Home")
    solved.run_and_stop("live_control = LiveTraining(")
    said = solved.run("control_guess.compare(")
    assert said.count("7,553 weights") == 2 and "You predicted 0 %." in said


def test_a_hold_out_begins_anew_with_large_weights(solved):
    live = solved.run_and_stop("live_own = LiveTraining(")
    live.get_by_label("he", exact=True).check()
    live.get_by_role("button", name="Reset").click()
    expect(live.locator(".note")).to_contain_text("Changed: initialisation he.")
    solved.stop_training()
    assert "your hold-out, test: ≈" in solved.run("live_own.experiment.evaluate()")


def test_full_size_is_stopped_and_gone_on_with(solved):
    assert " steps on the CPU, ≈ " in solved.run("AT_FULL_SIZE = False")
    solved.execute("_full = full_size")
    solved.execute("full_size = lambda *given, **options: _full(*given, **{**options, 'on': True})")
    for begun in ("", "It goes on where it was stopped."):
        solved.run_and_stop("AT_FULL_SIZE = False")
        said = solved.output(solved.cell("AT_FULL_SIZE = False"))
        assert begun in said and "; the same cell goes on from there." in said
    solved.execute("full_size = _full")


def test_the_probe_answers_pointer_and_keys(solved):
    page = solved.page
    canvas = page.locator(".coordlib-probe canvas").first
    step = canvas.bounding_box()["width"] / 64

    def point_at(x):
        # Unlike a move on the page, this waits until the canvas lies still, and finds it anew.
        canvas.hover(position={"x": (x + 0.5) * step, "y": 46.5 * step})

    conv, coordconv = (page.locator(".coordlib-probe .facts").nth(n) for n in (1, 2))
    point_at(46)
    expect(coordconv).to_contain_text("brightest pixel: the true one")
    expect(conv).to_contain_text("px away")
    page.mouse.down()
    facts = page.locator(".coordlib-probe .facts").first
    for x in range(45, 20, -4):
        point_at(x)
        facts.get_by_text(f"({x}, 46)").wait_for()
        assert "brightest pixel: the true one" in coordconv.inner_text()
    page.mouse.up()
    assert "a position to train on" in facts.inner_text()
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    facts.get_by_text("(26, 47)").wait_for()
    assert "brightest pixel: the true one" in coordconv.inner_text()


def test_a_broken_step_is_named_and_the_page_goes_on_with_the_courses(solved):
    source = """def training_step(network, optimizer, inputs, answers):
    loss = F.cross_entropy(network(inputs).flatten(1), answers)
    loss.backward()
    optimizer.step()
    return loss
"""
    solved.write("def training_step(", source)
    assert "gradients that an earlier `backward()` has left count as well" in solved.run(
        'exercises.check("3.5", training_step)'
    )
    assert "3.5 not passed yet: the course's own stands in" in solved.run('exercises.own("3.5"')
    solved.run_and_stop("shown = torch.tensor")
