"""The ledger: each claim of the paper beside what this course's recorded runs say about it.

Every figure is computed from the runs in data/, or, where a claim is about the layer itself, from
the layer. Nothing is typed in. `claims()` makes the ledger anew, data/claims.json keeps it.
"""

from coordlib.claims.ledger import as_json, as_markdown, as_text, claims, differences

__all__ = ["as_json", "as_markdown", "as_text", "claims", "differences"]
