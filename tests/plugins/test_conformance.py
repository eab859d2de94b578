"""The families of the library pass the kit that it gives to others."""

from __future__ import annotations

from tamemip.testing import parametrize_with_checks


@parametrize_with_checks(["knapsack", "scheduling", "bnn"])
def test_the_family_conforms(check, family):
    check(family)
