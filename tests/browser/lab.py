"""JupyterLab in a page, and a notebook that is open in it."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
from playwright.sync_api import ConsoleMessage, JSHandle, Locator, Page

PATIENCE = 300  # seconds

# What the page may say on its console: JupyterLab's own, none of ours.
HARMLESS = ("@jupyter/ydoc", "favicon", "Service worker", "jupyterlab-manager", "debugger state")
HARMLESS += ("did not appear within",)  # a cell to scroll to, on a slow machine
HARMLESS += ("widget model not found",)  # of a view that a kernel before this one has left
HARMLESS += ("Connection lost, reconnecting",)  # to a kernel that a test restarts


class Lab:
    """A running JupyterLab, open in a page: the folder of its notebooks, the student's home."""

    def __init__(self, page: Page, folder: Path, home: Path) -> None:
        self.page, self.folder, self.home = page, folder, home
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        harmless = any(word in message.text for word in HARMLESS)
        if message.type in ("error", "warning") and not harmless:
            self.complaints.append(f"{message.type}: {message.text}")

    @contextlib.contextmanager
    def open(self, made: nbformat.NotebookNode) -> Iterator[Notebook]:
        """A notebook in a file of its own, its kernel ready. At its end nothing has complained."""
        path = f"{len(list(self.folder.iterdir()))}.ipynb"
        nbformat.write(made, self.folder / path)
        with self.open_file(path) as notebook:
            yield notebook

    @contextlib.contextmanager
    def open_file(self, path: str) -> Iterator[Notebook]:
        """The notebook that lies in the folder, a new kernel ready; as `open`."""
        self.complaints.clear()
        panel = self.page.evaluate_handle(
            """async (path) => {
                const panel = await window.jupyterapp.commands.execute("docmanager:open", { path });
                await panel.context.ready;
                await panel.sessionContext.ready;
                await panel.sessionContext.session.kernel.info;
                return panel;
            }""",
            path,
        )
        notebook = Notebook(self.page, path, panel)
        yield notebook
        notebook.close()
        assert not self.complaints, self.complaints


class Notebook:
    """The notebook that is open in the page. Its cells are counted from 0, texts included."""

    def __init__(self, page: Page, path: str, panel: JSHandle) -> None:
        self.page, self.path, self._panel = page, path, panel

    def save(self) -> None:
        """Save it, its outputs as they are."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    def restart(self) -> None:
        """Restart its kernel; what stands in the page stays."""
        self._panel.evaluate(
            """async (panel) => {
                await panel.sessionContext.session.kernel.restart();
                await panel.sessionContext.session.kernel.info;
            }"""
        )
        self.execute("pass")

    def close(self) -> None:
        """Close it and shut its kernel down; once more does no harm."""
        self._panel.evaluate(
            """async (panel) => {
                if (panel.isDisposed) return;
                const { id } = panel.sessionContext.session;
                panel.dispose();
                await window.jupyterapp.serviceManager.sessions.shutdown(id);
            }"""
        )

    def cell(self, words: str) -> int:
        """The number of the first code cell whose source contains `words`."""
        found = self.page.evaluate(
            """(words) => window.jupyterapp.shell.currentWidget.content.widgets.findIndex(
                (cell) => cell.model.type === "code"
                    && cell.model.sharedModel.getSource().includes(words))""",
            words,
        )
        assert found >= 0, f"no cell contains {words!r}"
        return found

    def below(self, words: str) -> Locator:
        """The code cell that contains `words`, scrolled to."""
        cell = self.page.locator(".jp-NotebookPanel:visible .jp-Cell").nth(self.cell(words))
        cell.scroll_into_view_if_needed()
        return cell

    def start(self, command: str = "notebook:run-all-cells") -> None:
        """Start a JupyterLab command and do not wait for its end."""
        self.page.evaluate(
            "command => { window.running = window.jupyterapp.commands.execute(command); }", command
        )

    def start_cell(self, cell: int) -> None:
        """Start a cell and do not wait for its end."""
        self.page.evaluate(
            "cell => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = cell; }",
            cell,
        )
        self.start("notebook:run-cell")

    def finish(self) -> None:
        """Wait for what was started, then assert that no cell failed or complained."""
        self.page.evaluate("() => window.running")
        for kind in ("error", "stderr"):
            output = self.page.locator(
                f'.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.{kind}"]'
            )
            assert output.count() == 0, output.first.inner_text()

    def run_all(self) -> None:
        """Run all cells to the end."""
        self.start()
        self.finish()

    def run(self, words: str) -> str:
        """Run the cell that contains `words` again; what it printed."""
        self.start_cell(self.cell(words))
        self.finish()
        return self.output(self.cell(words))

    def output(self, cell: int) -> str:
        """What a cell has printed, all pieces joined."""
        return self.page.evaluate(
            """(cell) => window.jupyterapp.shell.currentWidget.content.widgets[cell].model
                .outputs.toJSON().map((output) => output.text ?? "").flat().join("").trim()""",
            cell,
        )

    def shown(self, kind: str) -> int:
        """How many of its outputs are of the MIME type `kind`."""
        return self.page.evaluate(
            """(kind) => window.jupyterapp.shell.currentWidget.content.widgets
                .flatMap((cell) => cell.model.outputs?.toJSON() ?? [])
                .filter((output) => kind in (output.data ?? {})).length""",
            kind,
        )

    def write(self, words: str, source: str) -> None:
        """Replace the source of the cell that contains `words`, and run it."""
        cell = self.cell(words)
        self.page.evaluate(
            """([cell, source]) => window.jupyterapp.shell.currentWidget.content
                .widgets[cell].model.sharedModel.setSource(source)""",
            [cell, source],
        )
        self.start_cell(cell)
        self.finish()

    def execute(self, code: str) -> None:
        """Run code in the kernel that stands in no cell."""
        self.page.evaluate(
            """async (code) => {
                const panel = window.jupyterapp.shell.currentWidget;
                await panel.sessionContext.session.kernel.requestExecute({ code }).done;
            }""",
            code,
        )

    def until(self, condition: str) -> None:
        """Wait until `condition` holds in the kernel: what the page does gets there a bit later."""
        until = time.monotonic() + PATIENCE
        # Not with wait_for_function, which takes the promise that this returns for a yes.
        while not self.page.evaluate(
            """async (it) => {
                const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
                const asked = { code: "pass", store_history: false, user_expressions: { it } };
                const reply = await kernel.requestExecute(asked).done;
                return reply.content.user_expressions.it.data?.["text/plain"] === "True";
            }""",
            f"bool({condition})",
        ):
            assert time.monotonic() < until, f"not in {PATIENCE} s: {condition}"
            time.sleep(0.1)

    def predict(self, words: str, *keys: str, choice: str = "") -> None:
        """Answer the prediction under a cell, by keys on its slider or a choice, and commit.

        Waits until its kernel has heard the answer, and so has kept it, or the page says that none
        has.
        """
        cell = self.below(words)
        if choice:
            cell.get_by_label(choice, exact=True).check()
        else:
            cell.get_by_role("slider").focus()
        for key in keys:
            self.page.keyboard.press(key)
        cell.get_by_role("button", name="Commit").click()
        cell.get_by_role("button", name="Committed").wait_for()
        cell.get_by_text(re.compile(r"It will be shown|no kernel has heard it")).wait_for()

    def stop_training(self, percent: int = 1) -> Locator:
        """Stop the training that is running, once so much of it is done."""
        number = self.page.wait_for_function(
            """(percent) => [...document.querySelectorAll(".coordlib-live")].findIndex((live) => {
                const done = live.querySelector("[role=progressbar]").getAttribute("aria-valuenow");
                const running = live.querySelector(".head button").textContent === "Stop";
                return running && Number(done) >= percent;
            }) + 1""",
            arg=percent,
        )
        live = self.page.locator(".coordlib-live").nth(number.json_value() - 1)
        live.get_by_role("button", name="Stop").click()
        live.locator(".status", has_text="stopped after").wait_for()
        return live

    def run_and_stop(self, words: str, trainings: int = 1, percent: int = 1) -> Locator:
        """Run the cell that contains `words`, and stop each of its trainings; gives the last."""
        self.start_cell(self.cell(words))
        for _ in range(trainings):
            live = self.stop_training(percent)
        self.finish()
        return live

    def play_again(self, live: Locator) -> list[str]:
        """Play a training's pictures again; what the text beside them has said until the end."""
        live.locator(".replay .number").evaluate(
            """node => {
                window.said = [];
                const note = () => window.said.push(node.textContent);
                new MutationObserver(note).observe(node, { childList: true });
            }"""
        )
        live.get_by_role("button", name="Play").click()
        self.page.wait_for_function("() => window.said.length")
        live.get_by_role("button", name="Play").wait_for()
        return self.page.evaluate("() => window.said")
