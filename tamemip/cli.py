"""The command line: ``tamemip analyze``, ``value``, ``certify``, ``check`` and others."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

import tamemip
from tamemip._bnn_commands import app as bnn_commands
from tamemip._options import (
    Along,
    AlongCost,
    Expr,
    Html,
    Json,
    Model,
    Nodes,
    OptionalModel,
    Plot,
    Proof,
    Quiet,
    Range,
    Seconds,
    SeveralRows,
    Varying,
    Where,
)
from tamemip._shell import (
    ANSWERED,
    BAD_INPUT,
    INTERRUPTED,
    LIMIT,
    OTHER,
    complain,
    console,
    one_line_for_errors,
)
from tamemip.errors import InvalidInputError

# Nothing heavy is imported before a command needs it: `tamemip --help` imports no numpy.
if TYPE_CHECKING:
    from rich.console import Group

    from tamemip.analysis import Report, ReportFiles, ValueReport
    from tamemip.tameness import Verdict

__all__ = ["app", "main"]

_EPILOG = (
    "Exit codes: 0 answered (infeasible and unbounded are answers), 2 bad input, "
    "3 a limit was reached, 130 interrupted, 1 anything else."
)
_ANALYZE = (
    "Report what is proved about a model: value, prices, and how far they hold.\n\n"
    "For every row the price of the mixed-integer program to the left and to the right, the jumps, "
    "and the range in which that holds; beside it, labelled, the prices of the linear relaxation "
    "and of the program with its integers fixed."
)
_VALUE = (
    "Follow the optimal value of a model along one right-hand side, exactly.\n\n"
    "`--along ROW --range LO HI` lets the right-hand side of a row run from LO to HI: every piece "
    "of the optimal value, every jump, every stretch without a feasible point, with proof. "
    "`--along-cost COLUMN` does so for a cost. Several rows, `--along A --along B=-2`, move "
    "together with their rates; LO and HI are then steps, counted from the model as it is."
)
_CERTIFY = (
    "Prove that a function is definable in an o-minimal structure, or that it is in none.\n\n"
    "`certify MODEL` is about the optimal value of a model as its right-hand side moves, or what "
    "`--varying` names: rhs, c, A, A_I, A_C (entries on integer, on continuous columns). Its "
    "`--domain`, as in ROW in [0, 9], COLUMN in R, A[ROW, COLUMN] in [1, 2], keeps what it leaves "
    'out, unless it names nothing of a kind. `certify --expr "abs(x)"` takes a function. '
    "The proof goes to `--certificate FILE`; `tamemip check FILE` reads it."
)
_CERTIFY_EPILOG = (
    "Exit codes: 0 certified, 1 refuted (or anything else), 2 bad input, 3 neither is proved, "
    "130 interrupted."
)
_PLUGINS_EPILOG = (
    "Exit codes: 0 answered, 1 the family fails a check (or anything else), 2 bad input, "
    "130 interrupted."
)
#: The base of the usage errors; typer carries its own copy of it, without a public name.
_UsageError: type[BaseException] = typer.BadParameter.__mro__[1]


class _Door(TyperGroup):
    """The commands: one line on stderr for whatever is wrong with a call."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command and leave with its exit code."""
        extra["standalone_mode"] = False
        try:
            code = super().main(*args, **extra)
        except _UsageError as error:
            reason = getattr(error, "format_message", error.__str__)()
            code = BAD_INPUT
            if reason:  # else a call without arguments, which has been answered with the help
                code = complain(f"{reason} (See tamemip --help.)", BAD_INPUT)
        except (typer.Abort, KeyboardInterrupt):
            code = complain("interrupted.", INTERRUPTED)
        sys.exit(code if isinstance(code, int) else ANSWERED)


app = typer.Typer(
    cls=_Door,
    name="tamemip",
    epilog=_EPILOG,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(bnn_commands)


def main() -> None:
    """Run the command line: what ``tamemip`` and ``python -m tamemip`` start."""
    with _own_stdout():
        app(prog_name="tamemip")


@contextmanager
def _own_stdout() -> Iterator[None]:
    """Keep what solvers print, past Python, out of the output: it goes to stderr."""
    if sys.stdout is None or sys.stderr is None:
        yield
        return
    out = os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors="replace")
    sys.stdout.flush()
    os.dup2(2, 1)
    sys.stdout = out
    try:
        yield
    finally:
        with suppress(BrokenPipeError):
            out.flush()


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tamemip {tamemip.__version__}")
        raise typer.Exit(ANSWERED)


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version, and leave."
        ),
    ] = False,
) -> None:
    """Exact duality and sensitivity of mixed-integer programs, with proofs."""


@app.command(cls=SeveralRows, epilog=_EPILOG, help=_ANALYZE)
def analyze(
    model: Model,
    *,
    seconds: Seconds = None,
    nodes: Nodes = None,
    rows: Annotated[
        list[str] | None,
        typer.Option("--rows", metavar="NAME ...", help="Price these rows only."),
    ] = None,
    along: Along = None,
    along_cost: AlongCost = None,
    range_: Range = None,
    json: Json = None,
    html: Html = None,
    plot: Plot = None,
    certificate: Proof = None,
    no_prices: Annotated[
        bool, typer.Option("--no-prices", help="Only the value and its proof.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show all rows and columns.")] = False,
    quiet: Quiet = False,
) -> None:
    """Report what is proved about a model: see `_ANALYZE`."""
    with one_line_for_errors():
        from dataclasses import replace

        from tamemip.analysis import ReportFiles, analyze, parsed_moving, tables
        from tamemip.solvers import Limits

        if plot is not None and not along and not along_cost:
            raise InvalidInputError("--plot draws a value function; name its row by --along.")
        files = ReportFiles(json, html, certificate, plot)
        files.refuse_unwritable(model)
        program = tamemip.read(model)
        report = replace(
            analyze(
                program,
                limits=Limits(seconds, nodes),
                rows=() if no_prices else rows or None,
                along=parsed_moving(program, along or (), "rhs"),
                along_cost=parsed_moving(program, along_cost or (), "cost"),
                interval=range_,
                progress=not quiet,
            ),
            source=str(model),
        )
        shown = None if quiet or json == "-" else tables(report, everything=everything)
        raise typer.Exit(_delivered(report, files, shown))


@app.command(epilog=_EPILOG, help=_VALUE)
def value(
    model: Model,
    *,
    along: Along = None,
    along_cost: AlongCost = None,
    range_: Range = None,
    seconds: Seconds = None,
    nodes: Nodes = None,
    json: Json = None,
    html: Html = None,
    plot: Plot = None,
    certificate: Proof = None,
    everything: Annotated[bool, typer.Option("--all", help="Show all pieces and jumps.")] = False,
    quiet: Quiet = False,
) -> None:
    """Follow the optimal value along a line: see `_VALUE`."""
    with one_line_for_errors():
        from dataclasses import replace

        from tamemip.analysis import ReportFiles, parsed_moves, value_report, value_tables
        from tamemip.solvers import Limits

        files = ReportFiles(json, html, certificate, plot)
        files.refuse_unwritable(model)
        program = tamemip.read(model)
        moves = parsed_moves(program, along or (), along_cost or (), range_)
        report = replace(
            value_report(program, moves, limits=Limits(seconds, nodes), progress=not quiet),
            source=str(model),
        )
        shown = None if quiet or json == "-" else value_tables(report, everything=everything)
        raise typer.Exit(_delivered(report, files, shown))


@app.command(epilog=_EPILOG)
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A certificate, plain or .gz.")],
    *,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="MODEL", help="The model it has to be about."),
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Use the second checker: integers in bulk.")
    ] = False,
) -> None:
    """Check a certificate in exact arithmetic and print what it proves."""
    from tamemip import certificates

    with one_line_for_errors():
        program = None if model is None else tamemip.read(model)
        checker = certificates.check_fast if fast else certificates.check
        typer.echo(str(checker(file, program=program)))


@app.command(epilog=_CERTIFY_EPILOG, help=_CERTIFY)
def certify(
    model: OptionalModel = None,
    *,
    expr: Expr = None,
    domain: Where = None,
    varying: Varying = None,
    json: Json = None,
    certificate: Proof = None,
    quiet: Quiet = False,
) -> None:
    """Prove definability, or refute it: see `_CERTIFY`."""
    with one_line_for_errors():
        from tamemip.analysis import ReportFiles, write_json
        from tamemip.tameness import verdict_to_json

        ReportFiles(json, None, certificate).refuse_unwritable(model or Path())
        verdict = _verdict(model, expr, domain, varying)
        proof = verdict.certificate or verdict.local
        if certificate is not None and proof is not None:
            proof.write(certificate)
        if certificate is not None and proof is None:
            complain(f"nothing is proved, so {certificate} is not written.", LIMIT)
        if json is not None:
            write_json(json, verdict_to_json(verdict))
        is_shown = not quiet and json != "-"
        if is_shown:
            typer.echo(str(verdict))
        if is_shown and certificate is not None and proof is not None:
            typer.echo(f"proof written; read it with: tamemip check {certificate}")
        if verdict.status is tamemip.UNKNOWN:
            said = "see above" if is_shown else str(verdict.obligation)
            raise typer.Exit(complain(f"neither is proved: {said}.", LIMIT))
        raise typer.Exit(OTHER if verdict.status is tamemip.REFUTED else ANSWERED)


@app.command(epilog=_EPILOG)
def solve(
    model: Model,
    *,
    solver: Annotated[
        str, typer.Option("--solver", metavar="NAME", help="auto, or a name of tamemip plugins.")
    ] = "auto",
    seconds: Seconds = None,
    json: Json = None,
) -> None:
    """Ask a solver. What it says is a claim in floating point, and not checked."""
    with one_line_for_errors():
        from tamemip.analysis import claim_table, claim_to_json, refuse_unwritable, write_json
        from tamemip.solvers import Limits, Status

        if json not in (None, "-"):
            refuse_unwritable("--json", json)
        program = tamemip.read(model)
        claim = tamemip.solve(program, solver=solver, limits=Limits(seconds))
        if json is not None:
            write_json(json, claim_to_json(program, claim))
        if json != "-":
            console().print(claim_table(program, claim))
        raise typer.Exit(LIMIT if claim.status is Status.LIMIT else ANSWERED)


@app.command(epilog=_PLUGINS_EPILOG)
def plugins(
    *,
    check: Annotated[
        str | None,
        typer.Option("--check", metavar="FAMILY", help="Run the conformance kit on a family."),
    ] = None,
) -> None:
    """List solvers and problem families, and what is missing for them."""
    with one_line_for_errors():
        if check is not None:
            family = tamemip.family(check)  # first: a name that is unknown is refused at once
            from tamemip.testing import run_checks

            report = run_checks(family)
            console().print(report)
            raise typer.Exit(ANSWERED if report.passed else OTHER)
        from tamemip.analysis import solver_table

        console().print(solver_table(), tamemip.families())


def _verdict(
    model: Path | None, expr: str | None, domain: str | None, varying: str | None
) -> Verdict:
    from tamemip.tameness import certify

    if (model is None) == (expr is None):
        raise InvalidInputError("certify takes a MODEL or --expr TEXT: one of them.")
    if expr is not None:
        if varying is not None:
            raise InvalidInputError("--varying is about a MODEL; --domain has the variables.")
        return certify(expr, domain)
    parts = [part.strip() for part in (varying or "rhs").split(",")]
    what = parts[0] if len(parts) == 1 else tuple(parts)
    assert model is not None
    return certify(tamemip.read(model), domain, varying=what)


def _delivered(report: Report | ValueReport, files: ReportFiles, shown: Group | None) -> int:
    """Write the files, print the tables, and give the exit code."""
    try:
        files.write(report)
    finally:
        if shown is not None:
            console().print(shown)
    return _code(report)


def _code(report: Report | ValueReport) -> int:
    """The exit code of a report; with one line on stderr if something is unfinished."""
    reason = report.reason_of_stop()
    if reason is None:
        return ANSWERED
    code = INTERRUPTED if report.stopped == "interrupted" else LIMIT
    return complain(f"{reason}: {report.headline()}.", code)
