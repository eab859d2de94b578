"""Verdicts as JSON types."""

from __future__ import annotations

from tamemip.tameness._verdict import Verdict


def verdict_to_json(verdict: Verdict) -> dict[str, object]:
    """What a verdict says; its certificate has a file of its own.

    Examples
    --------
    >>> from tamemip.tameness import certify
    >>> shown = verdict_to_json(certify("ceiling(1/a)", "a in [1/8, 1]"))
    >>> shown["status"], shown["structures"], shown["pieces"]
    ('certified', ['semilinear'], 8)
    """
    witness, obligation = verdict.witness, verdict.obligation
    return {
        "tamemip": "verdict",
        "status": verdict.status.value,
        "subject": verdict.subject,
        "domain": verdict.where,
        "structures": [structure.value for structure in verdict.structures],
        "locally": verdict.local is not None,
        "pieces": verdict.pieces,
        "total": verdict.is_total,
        "continuous": verdict.is_continuous,
        "witness": None if witness is None else {"kind": witness.kind, "text": witness.text},
        "obligation": None
        if obligation is None
        else {
            "culprits": list(obligation.culprits),
            "text": obligation.text,
            "mend": obligation.mend,
        },
        "assumptions": list(verdict.assumptions),
        "consequences": [
            {"text": c.text, "open": list(c.open), "source": c.source} for c in verdict.consequences
        ],
    }
