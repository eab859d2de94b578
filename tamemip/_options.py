"""The arguments and options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand


class SeveralRows(TyperCommand):
    """Lets ``--rows`` take several names: ``MODEL --rows A B`` is ``MODEL --rows A --rows B``."""

    #: How many words belong to an option.
    _VALUES = dict.fromkeys(
        (
            *("--seconds", "--nodes", "--json", "--html", "--plot", "--certificate"),
            *("--rows", "--along", "--along-cost"),
        ),
        1,
    ) | {"--range": 2}

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat the option before each of its names, once the model has been named."""
        made: list[str] = []
        taken, goes_on, has_model = 0, False, False
        for word in args:
            if taken:
                taken -= 1
            elif word.startswith("-") and word != "-":
                taken = self._VALUES.get(word, 0)
                goes_on = word == "--rows" and has_model
            elif goes_on:
                made.append("--rows")
            else:
                has_model = True
            made.append(word)
        return super().parse_args(ctx, made)


Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A model: .mps or .lp, plain or .gz.")]
Seconds = Annotated[
    float | None, typer.Option("--seconds", min=0.0, metavar="S", help="Stop after S seconds.")
]
Json = Annotated[
    str | None,
    typer.Option("--json", metavar="FILE", help="Write JSON; - for the standard output."),
]
Html = Annotated[
    str | None, typer.Option("--html", metavar="FILE", help="Write a page with a picture.")
]
Plot = Annotated[
    str | None,
    typer.Option("--plot", metavar="FILE", help="Draw the value function: .png, .svg, .pdf."),
]
Proof = Annotated[
    str | None, typer.Option("--certificate", metavar="FILE", help="Write the proof.")
]
Nodes = Annotated[
    int | None,
    typer.Option("--nodes", min=0, metavar="N", help="Stop after N nodes of the search."),
]
Along = Annotated[
    list[str] | None,
    typer.Option(
        "--along",
        metavar="ROW[=RATE]",
        help="The row whose right-hand side moves; several rows move together.",
    ),
]
AlongCost = Annotated[
    list[str] | None,
    typer.Option(
        "--along-cost",
        metavar="COLUMN[=RATE]",
        help="The column whose cost moves; several columns move together.",
    ),
]
Range = Annotated[
    tuple[str, str] | None,
    typer.Option(
        "--range",
        metavar="LO HI",
        help="From which right-hand side (or cost) to which; with rates: from which step t to "
        "which, 0 being the model as it is.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no tables.")]
#: The model of a command that can do without one.
OptionalModel = Annotated[
    Path | None, typer.Argument(metavar="MODEL", help="A model: .mps or .lp, plain or .gz.")
]
Expr = Annotated[
    str | None,
    typer.Option("--expr", metavar="TEXT", help="A function as SymPy writes it: floor(3*x)."),
]
Where = Annotated[
    str | None,
    typer.Option(
        "--domain", metavar="TEXT", help="Intervals: x in [0, 1], y in (0, inf). Else all reals."
    ),
]
Varying = Annotated[
    str | None,
    typer.Option(
        "--varying", metavar="rhs|c|A|...", help="What varies: rhs, c, A, A_I, A_C, or b,c."
    ),
]
