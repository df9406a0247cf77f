"""A solution with one thing changed: what a slip of the pen makes of it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

OTHER = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Add],
    ast.Div: [ast.Mult],
    ast.FloorDiv: [ast.Mult],
    ast.Pow: [ast.Mult],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.GtE],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq],
}
METHODS = {
    "max": "min",
    "min": "max",
    "mean": "sum",
    "sum": "mean",
    "any": "all",
    "height": "width",
    "width": "height",
    "x": "y",
    "y": "x",
    "dx": "dy",
    "row": "column",
    "column": "row",
    "train": "test",
    "painted": "target",
}


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """What was changed, and the changed source; only functions' bodies are, not what is around."""
    tree = ast.parse(source)
    count = sum(1 for _ in ast.walk(tree))
    for position in range(count):
        for choice in range(4):
            changed = copy.deepcopy(tree)
            node = list(ast.walk(changed))[position]
            before = ast.unparse(node)
            if not _change(node, choice):
                break
            yield f"{before} → {ast.unparse(node)}", ast.unparse(ast.fix_missing_locations(changed))


def _change(node: ast.AST, choice: int) -> bool:
    """Change the node in one of the ways that there are for it; False if there are no more."""
    ways = list(_ways(node))
    if choice < len(ways):
        vars(node).update(ways[choice])
    return choice < len(ways)


def _ways(node: ast.AST) -> Iterator[dict[str, object]]:
    match node:
        case ast.BinOp(op=op):
            yield from ({"op": other()} for other in OTHER.get(type(op), []))
            nothing = {ast.Add: 0, ast.Sub: 0, ast.Mult: 1, ast.Div: 1, ast.Pow: 1}
            if type(op) in nothing:  # a term or a factor dropped
                yield {"right": ast.Constant(nothing[type(op)])}
                if isinstance(op, (ast.Add, ast.Mult)):
                    yield {"left": ast.Constant(nothing[type(op)])}
        case ast.Constant(value=bool() | str()):
            return
        case ast.Constant(value=int() | float() as value):
            yield {"value": value + 1}
            yield {"value": value - 1}
        case ast.Compare(ops=[op]):
            yield from ({"ops": [other()]} for other in OTHER.get(type(op), []))
        case ast.UnaryOp(op=ast.USub()):
            yield {"op": ast.UAdd()}
        case ast.Tuple(elts=[one, other]) | ast.List(elts=[one, other]):
            yield {"elts": [other, one]}
        case ast.Attribute(attr=name) if name in METHODS:
            yield {"attr": METHODS[name]}
        case ast.Name(id=name, ctx=ast.Load()) if name in METHODS:
            yield {"id": METHODS[name]}
        case ast.Return(value=value) if value is not None:
            yield {"value": ast.UnaryOp(ast.USub(), value)}
            for method in ("int", "flip"):
                yield {
                    "value": ast.Call(ast.Name(f"_{method}", ast.Load()), args=[value], keywords=[])
                }
