"""The commands ``tamemip bnn train`` and ``tamemip bnn predict``."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tamemip._options import Json, Quiet
from tamemip._shell import ANSWERED, INTERRUPTED, LIMIT, complain, console, one_line_for_errors
from tamemip.errors import InvalidInputError

# Nothing heavy is imported before a command needs it: `tamemip --help` imports no numpy.
if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.table import Table

    from tamemip.plugins.bnn._classifier import BinarizedNetworkClassifier
    from tamemip.plugins.bnn._network_fit import FitProgress
    from tamemip.plugins.bnn._sample_files import Samples

_TRAIN = (
    "Train a binarized network, and say what is proved about it.\n\n"
    "DATA is an .npz with X and y, or X_train and y_train (X_test and y_test are reported), or a "
    ".csv whose last column has the labels, unless `--labels` names another."
)
_EPILOG = (
    "Exit codes: 0 answered, 2 bad input, 3 a limit was reached (the best network is kept), "
    "130 interrupted, 1 anything else."
)

app = typer.Typer(
    name="bnn",
    help="Binarized neural networks: train, predict.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Data = Annotated[Path, typer.Argument(metavar="DATA", help="Samples: .npz or .csv.")]
Labels = Annotated[
    str | None,
    typer.Option("--labels", metavar="NAME", help="The array or column with the labels."),
]


@app.command(epilog=_EPILOG, help=_TRAIN)
def train(
    data: Data,
    *,
    hidden: Annotated[
        str,
        typer.Option("--hidden", metavar="N[,N...]", help="Neurons of each hidden layer; 0: none."),
    ] = "16",
    method: Annotated[
        str, typer.Option("--method", metavar="NAME", help="hybrid, mip, tame or ste.")
    ] = "hybrid",
    objective: Annotated[
        str,
        typer.Option(
            "--objective",
            metavar="NAME[,NAME...]",
            help="min-weight, max-margin, max-correct, hinge; the first counts most.",
        ),
    ] = "min-weight",
    weights: Annotated[
        str, typer.Option("--weights", metavar="KIND", help="ternary, binary, or the largest one.")
    ] = "ternary",
    margin: Annotated[
        str, typer.Option("--margin", metavar="M", help="The margin that a right sample has.")
    ] = "1",
    multiclass: Annotated[
        str,
        typer.Option("--multiclass", metavar="NAME", help="auto, joint, one-vs-one, one-vs-rest."),
    ] = "auto",
    inputs: Annotated[
        str, typer.Option("--inputs", metavar="KIND", help="auto, integer, real or binarized.")
    ] = "auto",
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.0, metavar="S", help="Stop after S seconds.")
    ] = 10.0,
    conflicts: Annotated[
        int | None,
        typer.Option("--conflicts", min=0, metavar="N", help="Of the search for each network."),
    ] = None,
    epochs: Annotated[
        int, typer.Option("--epochs", min=1, metavar="N", help="Of each descent.")
    ] = 40,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of all random choices.")] = 0,
    labels: Labels = None,
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="Write the classifier, as JSON.")
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option("--plot", metavar="FILE", help="Draw loss and gap: .png, .svg, .pdf."),
    ] = None,
    json: Json = None,
    certificate: Annotated[
        str | None, typer.Option("--certificate", metavar="FILE", help="Write the proof.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Train a binarized network: see `_TRAIN`."""
    with one_line_for_errors():
        from tamemip.analysis import refuse_unwritable, write_json
        from tamemip.plugins.bnn._classifier import BinarizedNetworkClassifier
        from tamemip.plugins.bnn._sample_files import read_samples
        from tamemip.plugins.bnn._training_plot import plot_training, refuse_format

        wanted = {"--out": out, "--plot": plot, "--certificate": certificate, "--json": json}
        for option, name in wanted.items():
            if name is not None and (option, name) != ("--json", "-"):
                refuse_unwritable(option, name)
        if plot is not None:
            refuse_format(plot)
        samples = read_samples(data, labels=labels)
        classifier = BinarizedNetworkClassifier(
            _sizes(hidden),
            method=method,  # type: ignore[arg-type]  # the classifier refuses what it does not know
            objective=objective.split(","),  # type: ignore[arg-type]  # likewise
            weights=int(weights) if weights.isdigit() else weights,  # type: ignore[arg-type]  # likewise
            margin=margin,
            multiclass=multiclass,  # type: ignore[arg-type]  # likewise
            inputs=inputs,  # type: ignore[arg-type]  # likewise
            seconds=seconds,
            conflicts=conflicts,
            epochs=epochs,
            random_state=seed,
        )
        _fit(classifier, samples, is_shown=not quiet and json != "-")
        if out is not None:
            classifier.save(out)
        if plot is not None:
            plot_training(classifier.fits_, plot)
        report = _report(classifier, samples)
        if json is not None:
            write_json(json, report)
        if not quiet and json != "-":
            console().print(_table(report))
        raise typer.Exit(_code(classifier, certificate))


@app.command(epilog=_EPILOG)
def predict(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A file that train --out has written.")
    ],
    data: Data,
    *,
    labels: Labels = None,
    json: Json = None,
) -> None:
    """Print the class of each sample, one a line; with labels, how many are right (on stderr).

    Of an .npz with test samples, those are taken.
    """
    with one_line_for_errors():
        from tamemip.analysis import refuse_unwritable, write_json
        from tamemip.plugins.bnn._classifier import BinarizedNetworkClassifier
        from tamemip.plugins.bnn._sample_files import read_samples

        if json not in (None, "-"):
            refuse_unwritable("--json", json)
        classifier = BinarizedNetworkClassifier.load(model)
        samples = read_samples(data, labels=labels, has_labels=labels is not None)
        X, y = samples.X, samples.y
        if samples.X_test is not None:
            X, y = samples.X_test, samples.y_test
        _refuse_labels(X, classifier, data)
        found = _checked(classifier.predict, X)
        if json is not None:
            write_json(json, {"predictions": found.tolist()})
        if json != "-":
            typer.echo("\n".join(map(str, found.tolist())))
        if y is not None:
            right = int((found == y).sum())
            complain(f"{right} of {len(y)} right, {right / len(y):.1%}.", ANSWERED)


def _refuse_labels(X: NDArray[Any], classifier: BinarizedNetworkClassifier, data: Path) -> None:
    """A table to predict has no labels, unless they are named."""
    if X.shape[1] == classifier.n_features_in_ + 1:
        raise InvalidInputError(
            f"{data} has {X.shape[1]} columns, one more than the model has features. If one of "
            "them has labels, name it by --labels."
        )


def _sizes(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(word) for word in text.split(",") if word.strip())
    except ValueError:
        raise InvalidInputError(f"--hidden {text!r}: integers with commas are needed.") from None
    return () if sizes == (0,) else sizes


def _fit(classifier: BinarizedNetworkClassifier, samples: Samples, *, is_shown: bool) -> None:
    """Fit with a progress bar on terminals; what is unfinished is said at the end, once."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(), _bar(classifier.seconds, is_shown=is_shown) as progress:
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.set_params(progress=progress)
        _checked(classifier.fit, samples.X, samples.y)
        classifier.set_params(progress=None)


def _checked(function: Callable[..., Any], *arguments: Any) -> Any:
    """What scikit-learn refuses, such as NaN, as bad input."""
    try:
        return function(*arguments)
    except InvalidInputError:
        raise
    except ValueError as error:
        raise InvalidInputError(str(error)) from error


@contextmanager
def _bar(
    seconds: float | None, *, is_shown: bool
) -> Iterator[Callable[[FitProgress], None] | None]:
    """A bar of the time that has gone, on a terminal; else None."""
    if not is_shown or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        *(TextColumn("training"), BarColumn(), TimeElapsedColumn()),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=seconds)

        def show(step: FitProgress) -> None:
            bar.update(task, completed=min(step.seconds, seconds or 0.0), description=_said(step))

        yield show


def _said(step: FitProgress) -> str:
    """One line about the network that is trained."""
    parts = [f"network {step.network + 1} of {step.networks}"] if step.networks > 1 else []
    for name in ("loss", "value", "bound"):
        number = getattr(step, name)
        if math.isfinite(number):
            parts.append(f"{name} {number:.4g}")
    return ", ".join(parts)


def _report(classifier: BinarizedNetworkClassifier, samples: Samples) -> dict[str, object]:
    test = None
    if samples.X_test is not None and samples.y_test is not None:
        test = float(_checked(classifier.score, samples.X_test, samples.y_test))
    value, bound = classifier.training_value_, classifier.bound_
    return {
        "samples": len(samples.X),
        "features": int(classifier.n_features_in_),
        "classes": [str(label) for label in classifier.classes_],
        "inputs": repr(classifier.inputs_),
        "networks": len(classifier.fits_),
        "network": repr(classifier.fits_[0].network),
        "method": classifier.method,
        "objective": list(classifier.objective),
        "status": classifier.status_,
        "reason": classifier.reason_,
        "value": str(value),
        "bound": str(bound),
        "is_proved": all(fit.is_proved for fit in classifier.fits_),
        "accuracy": float(classifier.score(samples.X, samples.y)),
        "test_accuracy": test,
        "seconds": classifier.fit_seconds_,
    }


def _table(report: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table(show_header=False, box=None)
    table.add_column(style="bold")
    table.add_column()
    count, shape = report["networks"], report["network"]
    test = report["test_accuracy"]
    rows = {
        "data": f"{report['samples']} samples, {report['features']} features, "
        f"{len(report['classes'])} classes; {report['inputs']}",
        "network": shape if count == 1 else f"{count}, the first is {shape}",
        "training": f"{report['method']}, {', then '.join(report['objective'])}",
        "value": f"{report['value']}, bound {report['bound']}"
        f" ({'proved' if report['is_proved'] else 'not proved'})",
        "ended": report["reason"],
        "right": f"{report['accuracy']:.1%} of the training samples"
        + ("" if test is None else f", {test:.1%} of the test samples"),
        "seconds": f"{report['seconds']:.2f}",
    }
    for name, text in rows.items():
        table.add_row(name, text)
    return table


def _code(classifier: BinarizedNetworkClassifier, certificate: str | None) -> int:
    """Write the proof, and give the exit code."""
    if certificate is not None and classifier.certificate_ is not None:
        classifier.certificate_.write(certificate)
    elif certificate is not None:
        said = "there are several networks" if len(classifier.fits_) > 1 else "there is no proof"
        complain(f"{said}, so {certificate} is not written.", LIMIT)
    if any(fit.is_interrupted for fit in classifier.fits_):
        return complain(f"{classifier.reason_}.", INTERRUPTED)
    if certificate is not None and classifier.certificate_ is None:
        return LIMIT
    if classifier.status_ == "limit reached":
        return complain(f"{classifier.reason_}.", LIMIT)
    return ANSWERED
