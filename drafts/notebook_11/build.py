"""python build.py OUT.ipynb: assembles page.py and 11.K.py."""
import sys, pathlib, nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
HERE = pathlib.Path(__file__).parent
space = {}; exec((HERE / "page.py").read_text(), space)
setup = next(c for c in nbformat.read("notebooks/07_generating_scenes.ipynb", 4).cells if "setup" in c.metadata.get("tags", []))
cells, solutions = [], []
def cell(kind, tags, source, exercise=None):
    made = new_code_cell(source) if kind == "code" else new_markdown_cell(source)
    if tags: made.metadata["tags"] = tags
    if exercise and kind == "code" and tags: made.metadata["coordlib"] = {"exercise": exercise}
    if kind == "code" and "solution" in tags: made.metadata |= {"jupyter": {"source_hidden": True}, "cellView": "form"}
    return made
for kind, source in space["CELLS"]:
    if kind == "exercise":
        inner = {}; exec((HERE / f"11.{source}.py").read_text(), inner)
        for k, tags, text in inner["CELLS"]:
            (solutions if "solution" in tags else cells).append(cell(k, tags, text, f"11.{source}"))
    elif source == "SETUP":
        cells.append(setup)
    else:
        cells.append(cell(kind, [], source))
nbformat.write(new_notebook(cells=cells + solutions, metadata=nbformat.read("notebooks/07_generating_scenes.ipynb", 4).metadata), sys.argv[1])
