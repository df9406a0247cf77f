"""Notebook 11 as a student works through it: watch episodes, predict, stop and change an agent."""

from __future__ import annotations


def test_watch_predict_stop_and_change(solved):
    page = solved.page
    replay = page.locator(".coordlib-replay").first
    replay.scroll_into_view_if_needed()
    replay.get_by_role("slider").focus()
    page.keyboard.press("Home")
    replay.get_by_text("after 0 moves").wait_for()

    # All agents learn by the student's own functions, which have passed.
    own = solved.output(solved.cell('exercises.own("11.2"'))
    assert "11.2 yours" in own and "11.3 yours" in own and "11.4 yours" in own
    live = solved.run_and_stop("trained = {arm: train(arm)", 4, percent=2)
    entropy = live.get_by_role("radiogroup", name="entropy")
    entropy.get_by_label("0.1", exact=True).check()
    live.get_by_role("button", name="Reset").click()
    solved.stop_training(2)

    solved.predict("unseen = Prediction(", choice="flat")
    assert "You predicted: flat." in solved.run("unseen.compare(")
    # What was stopped so soon has not learnt anything for good.
    assert "≈ never" in solved.run("learnt_at = exercises.own(")
    solved.predict("q_learns = Prediction(", choice="undecided")
    assert "You predicted: undecided." in solved.run("q_learns.compare(")
