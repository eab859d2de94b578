"""Structures, what their names mean, and the facts of an expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tamemip.certificates import Domain, Facts, Node, RejectedError, Structure, derive
from tamemip.errors import InvalidInputError
from tamemip.tameness._expression import Expression, nodes_of

MEANINGS: Mapping[Structure, str] = {
    Structure.SEMILINEAR: "the ordered real vector space: finitely many affine pieces",
    Structure.SEMIALGEBRAIC: "the real field",
    Structure.R_AN: "the real field with restricted analytic functions",
    Structure.R_EXP: "the real field with the exponential",
    Structure.R_AN_EXP: "the real field with restricted analytic functions and the exponential",
    Structure.PFAFFIAN: "the Pfaffian closure of R_an,exp",
    Structure.LOCAL: "the ordered group of reals with the integers: locally o-minimal only",
}
"""What the structures are, in words."""


def facts(expression: Expression, domain: Domain) -> Facts:
    """What the checker derives about one expression on a domain.

    Raises
    ------
    InvalidInputError
        If the domain lacks a variable, or a constant is unknown.

    Examples
    --------
    >>> from tamemip.certificates import Enclosure
    >>> from tamemip.tameness import floor, variable
    >>> x = variable("x")
    >>> found = facts(floor(x), Domain(("x",), (Enclosure.between(0, 10),)))
    >>> found.structure, found.pieces, found.local
    (<Structure.SEMILINEAR: 'semilinear'>, 11, True)
    """
    return joint_facts([expression], domain)[0]


def joint_facts(expressions: Sequence[Expression], domain: Domain) -> tuple[Facts, ...]:
    """The same for several expressions, whose common parts are read once."""
    nodes, roots = nodes_of(expressions)
    found = derived(nodes, domain)
    return tuple(found[k] for k in roots)


def derived(nodes: Sequence[Node], domain: Domain) -> tuple[Facts, ...]:
    """The facts of all nodes; errors are those of the user."""
    try:
        return derive(nodes, domain)
    except RejectedError as error:
        raise InvalidInputError(f"cannot read the expression: {error}.") from None
