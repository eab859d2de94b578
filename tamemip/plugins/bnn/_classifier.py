"""Binarized networks as a scikit-learn classifier."""

from __future__ import annotations

import math
import os
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError, MissingDependencyError
from tamemip.plugins._data_entry import exact_number
from tamemip.plugins.bnn._assessment import is_better_greater
from tamemip.plugins.bnn._classifier_file import read_classifier, write_classifier
from tamemip.plugins.bnn._descent_options import require_start
from tamemip.plugins.bnn._descent_result import INTERRUPTED
from tamemip.plugins.bnn._descents import Augmentation
from tamemip.plugins.bnn._fit_summary import reason_of, status_of, total_bound, total_value
from tamemip.plugins.bnn._fits import fit_jointly, fit_network
from tamemip.plugins.bnn._inputs import Inputs, fitted_inputs, moved_inputs, started_inputs
from tamemip.plugins.bnn._multiclass import Multiclass, duels, votes
from tamemip.plugins.bnn._network_fit import METHODS, FitProgress, Method, NetworkFit, Recipe
from tamemip.plugins.bnn._training import NetworkTraining, Objective, Weights

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise MissingDependencyError(
        "BinarizedNetworkClassifier needs scikit-learn 1.6 or later: pip install 'tamemip[bnn]'."
    ) from error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.certificates import Certificate
    from tamemip.plugins.bnn._descent_options import Start


class BinarizedNetworkClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    r"""A classifier whose neurons are signs of sums with small integer weights.

    For two classes it is one network, positive on ``classes_[1]``; a score of 0 counts as
    positive. For more it is one network with an output for each class, or one network for
    each pair of classes or each class, which vote. What a network adds up are integers: see
    `InputMap` for how features become those.

    Parameters
    ----------
    hidden
        Neurons of each hidden layer; ``()`` is a single neuron.
    method
        ``"hybrid"``: tame descent or a neuron of coordinate descent; the training program, if
        it is small, for a limited number of conflicts; and, unless that ends with the optimum,
        polish. ``"mip"``: the training program, with a bound, and with a proof if it is small.
        ``"tame"``: tame descent. ``"ste"``: straight-through descent.
    objective
        ``"min-weight"``, ``"max-margin"``, ``"max-correct"``, ``"hinge"``, or several, the
        first of which counts most: see `NetworkTraining`. Under ``"min-weight"`` all samples
        have to be right at the margin.
    weights
        ``"ternary"``, ``"binary"`` or the largest absolute value.
    margin
        The score, times the label, that a right sample has at least.
    regularization
        Cost of one unit of a weight or bias.
    multiclass
        ``"one-vs-one"``; ``"one-vs-rest"``; ``"joint"``: one network with an output a class, by
        descent only; ``"auto"``: joint for ``"tame"`` and ``"ste"``, else one-vs-one up to 20
        classes.
    inputs
        ``"integer"``, ``"real"``, ``"binarized"``, or ``"auto"``: see `fitted_inputs`.
    thresholds
        For binarized inputs: how many at most for each feature, or the thresholds.
    augment
        From samples (one a row) and a NumPy generator to other samples of the same classes, for
        every pass of a descent: see `image_mover`.
    start
        What neurons of a descent begin as: ``"differences"`` of samples of different classes,
        ``"random"``, or a function such as `image_patches`, which is not stored by `save`.
    seconds
        Time for the whole fit, divided among the networks that are left; None for no limit.
    conflicts
        Conflicts of the search for each network; None for no limit, or for a thousand in
        ``"hybrid"``. A fit that they end before the clock does is the same each time.
    epochs
        Epochs of a descent; for each network two are tried, unless the first gets all right.
    random_state
        Seed of all random choices. What a clock ends may differ from run to run: `reason_` says
        so, and a longer time or fewer epochs and conflicts avoid it.
    progress
        Is called with a `FitProgress` now and then.

    Attributes
    ----------
    classes_
        The labels; for two classes the second one is 1.
    n_features_in_
        Number of features.
    inputs_
        The map in front of the networks.
    networks_
        The networks.
    network_
        The network, if there is only one.
    duels_
        Which classes each network tells apart; empty for a joint network.
    fits_
        What is known of each network, with the history of its training.
    training_value_
        The objective, exactly, summed over the networks: it is the value of all training programs
        side by side. Infinite if a network is kept that gets a sample wrong, and the objective
        does not allow that. For a joint network, how many samples are right.
    bound_
        The sum of the bounds: no networks are better, in total. If some bias is out of the range
        of the weights, its network is compared with those whose biases are any integers.
    certificate_
        The proof of the bound, for `tamemip.check`; None if there is none, or several networks:
        then each of `fits_` has its own.
    status_
        ``"optimal"``, ``"descended"`` or ``"limit reached"``.
    reason_
        Why the fit ended, and what is proved, in words.
    fit_seconds_
        Wall-clock time.

    See Also
    --------
    train : The training program of one network, with all limits and solvers.

    Notes
    -----
    A ``"mip"`` fit begins with the best network of coordinate descent. If it reaches its limit
    it keeps the best network found, warns with a ``ConvergenceWarning``, and `reason_`
    says so. If no network is allowed, it is refused.

    A descent chooses biases of any size. They are brought into the range of the weights where that
    costs no training sample; otherwise `reason_` says how large they are.

    Ctrl-C ends the fit with the best networks so far; it warns, and `reason_` begins with
    ``"interrupted"``.

    References
    ----------
    .. [1] R. Toro Icarte, L. Illanes, M. P. Castro, A. A. Cire, S. A. McIlraith and
       J. C. Beck, "Training binarized neural networks using MIP and CP", CP 2019, 401-417.
    .. [2] A. M. Bernardelli, S. Gualandi, S. Milanesi, H. C. Lau and N. Yorke-Smith,
       "Multiobjective linear ensembles for robust and sparse training of few-bit neural
       networks", INFORMS Journal on Computing 37 (2025), 623-643.

    Examples
    --------
    >>> X, y = [[1, 1], [1, -1], [-1, 1], [-1, -1]], ["no", "yes", "yes", "no"]
    >>> xor = BinarizedNetworkClassifier(hidden=(2,), method="mip", seconds=None).fit(X, y)
    >>> xor.predict(X).tolist()
    ['no', 'yes', 'yes', 'no']
    >>> xor.training_value_, xor.bound_, xor.reason_
    (Fraction(7, 1), Fraction(7, 1), 'optimal, proved')
    >>> from tamemip import check
    >>> [str(value) for _, value in check(xor.certificate_).tight_at]
    ['7']
    """

    def __init__(
        self,
        hidden: Sequence[int] = (16,),
        *,
        method: Method = "hybrid",
        objective: Objective | Sequence[Objective] = "min-weight",
        weights: Weights = "ternary",
        margin: Number | tuple[Number, Number] = 1,
        regularization: Number = 0,
        multiclass: Multiclass = "auto",
        inputs: Inputs = "auto",
        thresholds: int | Sequence[float] = 4,
        augment: Augmentation | None = None,
        start: Start = "differences",
        seconds: float | None = 10.0,
        conflicts: int | None = None,
        epochs: int = 40,
        random_state: Any = None,
        progress: Callable[[FitProgress], None] | None = None,
    ) -> None:
        self.hidden = hidden
        self.method = method
        self.objective = objective
        self.weights = weights
        self.margin = margin
        self.regularization = regularization
        self.multiclass = multiclass
        self.inputs = inputs
        self.thresholds = thresholds
        self.augment = augment
        self.start = start
        self.seconds = seconds
        self.conflicts = conflicts
        self.epochs = epochs
        self.random_state = random_state
        self.progress = progress

    def fit(self, X: Any, y: Any) -> BinarizedNetworkClassifier:
        """Train the networks.

        Parameters
        ----------
        X
            One sample a row.
        y
            The labels.

        Raises
        ------
        InvalidInputError
            If there is one class only, a parameter is no choice, or the method is ``"mip"``
            and no network gets all samples right, as the objective demands.
        SolverError
            If the method is ``"mip"`` and data are of too different sizes for the solvers.
        """
        began = time.perf_counter()
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self._refuse_choices()
        self.classes_, indices = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            only = self.classes_.tolist()[0]
            raise InvalidInputError(
                f"y has one class only, {only!r}; there have to be at least 2 classes."
            )
        self.inputs_ = fitted_inputs(X, self.inputs, thresholds=self.thresholds)
        self.duels_ = duels(len(self.classes_), self._scheme())
        self.fits_ = self._fits(X, indices, began)
        self._summarize()
        self.fit_seconds_ = time.perf_counter() - began
        is_short = self.method == "mip" and self.status_ != "optimal"
        if is_short or any(fit.is_interrupted for fit in self.fits_):
            warnings.warn(self.reason_, ConvergenceWarning, stacklevel=2)
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """The scores: one a sample for two classes, else one column a class.

        For two classes a score of 0 is shown as the least positive number: the sign decides.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        inputs = self.inputs_(X)
        scores = [network.scores(inputs) for network in self.networks_]
        if len(self.classes_) == 2:
            (score,) = scores
            return np.where(score == 0, np.finfo(np.float64).tiny, score.astype(np.float64))
        return votes(self.duels_, scores, len(self.classes_))

    def predict(self, X: Any) -> NDArray[Any]:
        """The class of each sample."""
        scores = self.decision_function(X)
        chosen = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        found: NDArray[Any] = self.classes_[chosen]
        return found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted classifier to a JSON file, without certificates and histories.

        A certificate has its own file: ``classifier.certificate_.write(path)``.
        """
        check_is_fitted(self)
        write_classifier(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> BinarizedNetworkClassifier:
        """Read what `save` wrote.

        Raises
        ------
        InvalidInputError
            If the file is damaged, or is none of ours; the message names it.
        """
        found = cls()
        for name, value in read_classifier(path).items():
            setattr(found, name, value)
        found._summarize()
        return found

    @property
    def networks_(self) -> tuple[Any, ...]:
        """The networks, one for each duel; or the joint one."""
        return tuple(fit.network for fit in self.fits_)

    @property
    def network_(self) -> Any:
        """The network, if there is only one."""
        if len(self.fits_) != 1:
            raise AttributeError(
                f"there are {len(self.fits_)} networks, one for each of duels_: see networks_."
            )
        return self.fits_[0].network

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there are networks."""
        return hasattr(self, "fits_")

    def _refuse_choices(self) -> None:
        if self.method not in METHODS:
            raise InvalidInputError(
                f"method is {self.method!r}; there are {', '.join(map(repr, METHODS))}."
            )
        if isinstance(self.hidden, str) or not isinstance(self.hidden, Iterable):
            raise InvalidInputError(f"hidden is {self.hidden!r}; for one layer use (16,).")
        if self.seconds is not None:
            exact_number(self.seconds, "seconds", least=0)
        if self.conflicts is not None:
            exact_number(self.conflicts, "conflicts", least=0, is_integral=True)
        exact_number(self.epochs, "epochs", least=1, is_integral=True)
        require_start(self.start)
        for name, function in (("augment", self.augment), ("progress", self.progress)):
            if function is not None and not callable(function):
                raise InvalidInputError(f"{name} is {function!r}; a function is needed, or None.")

    def _scheme(self) -> Multiclass:
        """What ``"auto"`` stands for."""
        if self.multiclass == "auto" and self.method in ("tame", "ste"):
            return "joint"
        if self.multiclass == "joint" and self.method == "mip" and len(self.classes_) > 2:
            raise InvalidInputError(
                "multiclass='joint' has no training program; with method='mip' use 'one-vs-one' or "
                "'one-vs-rest'."
            )
        return self.multiclass

    def _fits(
        self, X: NDArray[np.float64], indices: NDArray[Any], began: float
    ) -> tuple[NetworkFit, ...]:
        count = max(1, len(self.duels_))
        seeds = check_random_state(self.random_state).randint(2**31 - 1, size=count)
        found: list[NetworkFit] = []
        is_interrupted = False
        for k, seed in enumerate(seeds):
            left = None
            if self.seconds is not None:
                spent = time.perf_counter() - began
                left = max(0.0, self.seconds - spent) / (count - k)
            report = self._listener(k, count, began)
            recipe = Recipe(self.method, left, int(seed), self.conflicts, self.epochs, report)
            at_once = replace(recipe, seconds=0.0)
            try:
                fit = self._fit_one(X, indices, k, at_once if is_interrupted else recipe)
            except KeyboardInterrupt:
                # Between two searches, or while data are written down.
                is_interrupted = True
                fit = self._fit_one(X, indices, k, at_once)
            is_interrupted |= fit.is_interrupted
            if is_interrupted and not fit.is_interrupted:
                fit = replace(fit, reason=f"{INTERRUPTED} before: {fit.reason}")
            found.append(fit)
        return tuple(found)

    def _fit_one(
        self, X: NDArray[np.float64], indices: NDArray[Any], k: int, recipe: Recipe
    ) -> NetworkFit:
        taking, labels = np.arange(len(X)), indices
        if self.duels_:
            taking, labels = self.duels_[k].labels(indices)
        inputs = self.inputs_(X[taking])
        if self.augment is not None:
            recipe = replace(recipe, augment=moved_inputs(self.inputs_, X[taking], self.augment))
        start = started_inputs(self.inputs_, self.start) if callable(self.start) else self.start
        recipe = replace(recipe, start=start)
        if self.duels_:
            return fit_network(self._instance(inputs, labels), recipe)
        instance = self._instance(inputs[:1], np.array([1]))  # refuses what no parameter can be
        return fit_jointly(inputs, labels, instance.hidden, instance.weights, recipe)

    def _instance(self, inputs: NDArray[Any], labels: NDArray[Any]) -> NetworkTraining:
        return NetworkTraining(
            inputs,
            labels,
            hidden=self.hidden,
            weights=self.weights,
            objective=self.objective,
            margin=self.margin,
            regularization=self.regularization,
        )

    def _listener(
        self, k: int, count: int, began: float
    ) -> Callable[[float, float, float], None] | None:
        progress = self.progress
        if progress is None:
            return None

        def listen(loss: float, value: float, bound: float) -> None:
            seconds = time.perf_counter() - began
            progress(FitProgress(seconds, k, count, loss, value, bound))

        listen(math.nan, math.nan, math.nan)
        return listen

    def _summarize(self) -> None:
        fits = self.fits_
        first = self.objective if isinstance(self.objective, str) else self.objective[0]
        self.training_value_ = total_value(fits)
        self.bound_ = total_bound(fits, is_minimized=not is_better_greater(first))
        self.certificate_: Certificate | None = fits[0].certificate if len(fits) == 1 else None
        self.status_ = status_of(fits)
        self.reason_ = reason_of(fits)
