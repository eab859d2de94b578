"""A model that no search closes soon: its integer points come close to every right-hand side."""

from __future__ import annotations

_ROWS, _COLUMNS = 4, 32


def market_split() -> str:
    """Market split [Cornuéjols, Dawande 1998] with the error as the objective, as LP text."""
    terms, lines = [], []
    for i in range(_ROWS):
        # Residues of powers: fixed numbers without a pattern that branching sees.
        weights = [pow(7, 13 * i + 5 * j + 1, 101) for j in range(_COLUMNS)]
        left = " + ".join(f"{w} x{j}" for j, w in enumerate(weights))
        lines.append(f" r{i}: {left} + over{i} - under{i} = {sum(weights) // 2}")
        terms += [f"over{i}", f"under{i}"]
    binaries = " ".join(f"x{j}" for j in range(_COLUMNS))
    return "\n".join(
        ["Minimize", f" {' + '.join(terms)}", "Subject To", *lines, "Binary", f" {binaries}", "End"]
    )
