"""Facts about the parts of a term while it is rewritten, and an order of parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import final

from tamemip.functions._nodes import Combination, Node, Threshold, children
from tamemip.functions._traits import Ends, ends_of, is_whole

Key = tuple[int, int, str]
"""Height, first coordinate and digest: small parts of the first rows come first."""


@final
class Facts:
    """What is known of every node that has been learned: each is looked at once."""

    def __init__(self) -> None:
        self._ends: dict[Node, Ends] = {}
        self._whole: set[Node] = set()
        self._keys: dict[Node, Key] = {}
        self._reach: dict[Node, int] = {}

    def learn(self, root: Node) -> None:
        """Look at a node and at what is new below it."""
        stack = [(root, False)]
        while stack:
            node, is_ready = stack.pop()
            if node in self._keys:
                continue
            if not is_ready:
                stack.append((node, True))
                stack.extend((child, False) for child in children(node))
                continue
            self._ends[node] = ends_of(node, self._ends)
            if is_whole(node, self._whole):
                self._whole.add(node)
            self._reach[node] = self._reach_of(node)
            self._keys[node] = self._key(node)

    def ends(self, node: Node) -> Ends:
        """Which infinities the node may take."""
        self.learn(node)
        return self._ends[node]

    def is_whole(self, node: Node) -> bool:
        """Whether all finite values of the node are integers, by its form."""
        self.learn(node)
        return node in self._whole

    def reach(self, node: Node) -> int:
        """One more than the largest coordinate that is read, a threshold's own excepted."""
        self.learn(node)
        return self._reach[node]

    def ordered(self, nodes: Iterable[Node]) -> list[Node]:
        """Nodes in the canonical order, which is the same in every process."""
        listed = list(nodes)
        for node in listed:
            self.learn(node)
        return sorted(listed, key=self._keys.__getitem__)

    def _reach_of(self, node: Node) -> int:
        inner = max((self._reach[child] for child in children(node)), default=0)
        if isinstance(node, Threshold):
            return min(inner, node.coordinate)
        own = node.linear[-1][0] + 1 if isinstance(node, Combination) and node.linear else 0
        return max(own, inner)

    def _key(self, node: Node) -> Key:
        inner = [self._keys[child] for child in children(node)]
        first = [low for _, low, _ in inner]
        if isinstance(node, Combination) and node.linear:
            first.append(node.linear[0][0])
        digests = {child: self._keys[child][2] for child in children(node)}
        own = [_described(getattr(node, field.name), digests) for field in fields(node)]
        text = " ".join([type(node).__name__, *own])
        digest = hashlib.sha256(text.encode()).hexdigest()
        return (
            1 + max((height for height, _, _ in inner), default=0),
            min(first, default=-1),
            digest,
        )


def _described(value: object, digests: Mapping[Node, str]) -> str:
    """A field of a node as text, with digests for nodes."""
    if isinstance(value, tuple):
        return f"({' '.join(_described(entry, digests) for entry in value)})"
    return digests[value] if value in digests else repr(value)  # type: ignore[index]  # looked up
