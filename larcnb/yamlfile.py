"""Reading YAML so that every word stays what it looks like, and every value knows its line.

In: a YAML file. Out: a :class:`Node` tree of text, with problems for broken syntax, duplicate keys,
anchors and tags. Nothing is guessed: ``no``, ``0301`` and ``2010-11`` are text until a rule asks for a
number, so YAML 1.1's readings (false, 193, a date) cannot happen.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from larcnb.errors import Problem

NUMBER = re.compile(r"-?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})", re.ASCII)
LARGEST_BYTES = 200_000
FAST = getattr(yaml, "CSafeLoader", None)
ODD = re.compile(r"[*?\t\ufeff]|[|>][-+0-9]*#")
DEEPEST = 400


@dataclass(frozen=True)
class Node:
    """A value with its line: text, a list of nodes or a mapping of text to nodes."""

    value: Any
    line: int
    quoted: bool = False

    def get(self, key: str) -> Node | None:
        """The node under ``key``, or None."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def items(self) -> Iterator[tuple[str, Node]]:
        """Keys and nodes of a mapping; nothing for anything else."""
        return iter(self.value.items() if isinstance(self.value, dict) else ())

    def number(self) -> float | None:
        """The number an unquoted text stands for, or None.

        Examples
        --------
        >>> Node("0.15", 1).number(), Node("0.15", 1, quoted=True).number(), Node("1e3", 1).number()
        (0.15, None, None)
        """
        plain = isinstance(self.value, str) and not self.quoted
        return float(self.value) if plain and NUMBER.fullmatch(self.value) else None

    def plain(self) -> Any:
        """The value as text, lists and dictionaries, unquoted numbers as numbers."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        number = self.number()
        return self.value if number is None else number


def read_mapping(path: Path, file: str) -> tuple[Node, list[Problem]]:
    """Read a YAML file that holds one mapping.

    Parameters
    ----------
    path : Path
    file : str
        The file's name in messages.

    Returns
    -------
    Node and list of Problem
        An empty mapping where the file cannot be read at all.
    """
    try:
        raw = path.read_bytes()
    except OSError:
        todo = "Close it in other programs, or ask for permission, and try again."
        return Node({}, 1), [
            Problem(file, "", 0, "", "not-readable", "The file cannot be read.", todo)
        ]
    node, problems = _parsed(raw, file)
    return node, list(problems)


@lru_cache(maxsize=1024)
def _parsed(raw: bytes, file: str) -> tuple[Node, tuple[Problem, ...]]:
    """The same of a file's bytes, kept: one notebook asks for its presets many times."""
    empty = Node({}, 1)
    if len(raw) > LARGEST_BYTES:
        return empty, (Problem(file, "", 0, "", "too-large", "The file is too large for params."),)
    try:
        top = _compose(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return empty, (
            Problem(file, "", 0, "", "encoding", "The file is not UTF-8.", "Save it as UTF-8."),
        )
    except _AliasMet as met:
        line = met.problem_mark.line + 1
        return empty, (
            Problem(file, "", line, "", "yaml", "Aliases are not read.", "Write it out."),
        )
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        return empty, (
            Problem(
                file, "", line, "", "yaml", "This is not YAML.", "Check colons, quotes and indents."
            ),
        )
    problems: list[Problem] = []
    if not isinstance(top, yaml.MappingNode):
        return empty, (
            Problem(
                file, "", 1, "", "yaml", "Keys and values are wanted.", "For example slug: la-01"
            ),
        )
    return _node(top, file, problems), tuple(problems)


def _compose(text: str) -> yaml.Node | None:
    """The tree of a YAML text: by libyaml, many times faster, where all is well, else by the loader that says why."""
    # libyaml cannot be told to stop at an alias, reads some texts that the other does not, and would end the process
    # where nesting goes deep, of which each level takes one of these characters.
    if FAST and not ODD.search(text) and sum(map(text.count, "[{-:")) < DEEPEST:
        with contextlib.suppress(yaml.YAMLError):
            return yaml.compose(text, Loader=FAST)
    return yaml.compose(text, Loader=_Loader)


class _AliasMet(yaml.MarkedYAMLError):
    pass


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node:
        if self.check_event(yaml.AliasEvent):
            raise _AliasMet(problem_mark=self.peek_event().start_mark)
        return super().compose_node(parent, index)


def _node(node: yaml.Node, file: str, problems: list[Problem]) -> Node:
    line = node.start_mark.line + 1
    if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
        problems.append(
            Problem(file, "", line, "", "yaml", "Tags are not read.", "Remove the word after '!'.")
        )
    if isinstance(node, yaml.ScalarNode):
        return Node(node.value, line, quoted=bool(node.style))
    if isinstance(node, yaml.SequenceNode):
        return Node([_node(child, file, problems) for child in node.value], line)
    mapping: dict[str, Node] = {}
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
        if key in mapping:
            problems.append(
                Problem(
                    file,
                    "",
                    key_node.start_mark.line + 1,
                    key,
                    "duplicate-key",
                    f"'{key}' stands twice.",
                    "Keep one.",
                )
            )
            continue
        child = _node(value_node, file, problems)
        mapping[key] = Node(child.value, key_node.start_mark.line + 1, child.quoted)
    return Node(mapping, line)
