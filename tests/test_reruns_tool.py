"""What runs every cell again finds those that a later one breaks, and no others."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from tools import reruns


def test_cells_that_fail_when_run_again_are_named_with_their_pass(tmp_path, capsys):
    cells = ["first = 1", "x = [first]", "x[0]", "x = x + 1 if first > 1 else x", "x = 3", "1 / 0"]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    path = tmp_path / "01_bad.ipynb"
    nbformat.write(notebook, path)
    assert reruns.main([str(path)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 10
    for state, lines in (("unsolved", said[:5]), ("solved", said[5:])):
        start = f"01_bad.ipynb, {state}"
        assert lines == [
            f"{start}, first run, cell 6 ('1 / 0'): ZeroDivisionError: division by zero",
            f"{start}, again from the top, cell 6 ('1 / 0'): ZeroDivisionError: division by zero",
            f"{start}, in reverse, cell 6 ('1 / 0'): ZeroDivisionError: division by zero",
            f"{start}, in reverse, cell 3 ('x[0]'): TypeError: 'int' object is not subscriptable",
            f"{start}: 4 failed",
        ]


def test_a_cell_that_ends_the_kernel_is_named(tmp_path):
    cells = ["import os", "os._exit(1)", "os.name"]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    (said,) = reruns.failures(notebook, tmp_path)
    assert said.startswith("first run, cell 2 ('os._exit(1)'): ")


def test_a_notebook_with_nothing_to_complain_about_passes_with_short_trainings(tmp_path, capsys):
    cell = "import os\nassert os.environ['COORDLIB_EPOCHS'] == '1'"
    path = tmp_path / "01_good.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(cell)]), path)
    assert reruns.main([str(path)]) == 0
    assert capsys.readouterr().out == (
        "01_good.ipynb, unsolved: 0 failed\n01_good.ipynb, solved: 0 failed\n"
    )
