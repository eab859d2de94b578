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


def covering() -> str:
    """A set covering program with equal costs: slow relaxations and a wide gap, as LP text."""
    rows, columns = 400, 240
    lines = [
        f" c{i}: "
        + " + ".join(f"x{j}" for j in range(columns) if pow(5, i * 7 + j * 11, 1009) < 40)
        for i in range(rows)
    ]
    costs = " + ".join(f"x{j}" for j in range(columns))
    binaries = " ".join(f"x{j}" for j in range(columns))
    kept = [f"{line} >= 1" for line in lines if "x" in line]
    return "\n".join(
        ["Minimize", f" {costs}", "Subject To", *kept, "Binary", f" {binaries}", "End"]
    )
