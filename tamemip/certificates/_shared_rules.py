"""Rules that both checkers share: about expressions there is one derivation only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tamemip.certificates._conclusions import Root
from tamemip.certificates._problem import Problem
from tamemip.certificates._rules import RULES, Rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Step

SharedInference: TypeAlias = Callable[[Step, Conclusions, Problem], object]

SHARED_RULES: dict[str, tuple[tuple[str, ...], tuple[str, ...], SharedInference]] = {}


def shared_rule(
    name: str, *fields: str, optional: tuple[str, ...] = ()
) -> Callable[[SharedInference], SharedInference]:
    """Register a rule for both checkers under the name that steps call it by."""

    def register(infer: SharedInference) -> SharedInference:
        def with_root(step: Step, conclusions: Conclusions, root: Root) -> object:
            return infer(step, conclusions, root.problem)

        RULES[name] = Rule(fields, optional, with_root)
        SHARED_RULES[name] = (fields, optional, infer)
        return infer

    return register
