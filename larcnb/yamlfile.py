"""Reading YAML so that every word stays what it looks like, and every value knows its line.

In: a YAML file. Out: a :class:`Node` tree of text, and :class:`Problems` with broken syntax, duplicate keys,
anchors and tags, to which whoever knows the rules adds. Nothing is guessed: ``no``, ``0301`` and ``2010-11`` are
text until a rule asks for a number, so YAML 1.1's readings (false, 193, a date) cannot happen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from larcnb.errors import Problem, did_you_mean

NUMBER = re.compile(r"-?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})", re.ASCII)
PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")
LARGEST_BYTES = 200_000
FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
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


class Problems(list):
    """What is wrong with one file, by line and key; whoever reads the file adds to it.

    Parameters
    ----------
    file : str
        The file's name in messages.
    """

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file

    def add(self, at: Node | int, key: str, code: str, message: str, todo: str = "") -> None:
        """Add one problem, at a node or on a line."""
        line = at.line if isinstance(at, Node) else at
        self.append(Problem(self.file, "", line, key, code, message, todo))

    def unknown(
        self, node: Node, known: Iterable, said="a key here", code="unknown-key", within=""
    ) -> None:
        """Add each key of a mapping that is not known, with the nearest one that is."""
        known = [str(key) for key in known]
        for key, child in node.items():
            if key not in known:
                todo = did_you_mean(key, known) or f"Allowed: {', '.join(known)}."
                self.add(child, within + key, code, f"'{key}' is not {said}.", todo)

    def number(self, node: Node, key: str, limits: tuple, whole=False) -> float | int | None:
        """The number of a node; a problem where it is none (then None) or lies outside its limits (lowest, highest)."""
        value, (low, high) = node.number(), limits
        if value is None or (whole and value != int(value)):
            kind = "a whole number" if whole else "a number"
            todo = f"Write {kind} from {low:g} to {high:g}, without quotes."
            if (share := PERCENT.fullmatch(str(node.value))) and not whole:
                todo += f" {share[0]} is {float(share[1]) / 100:g}."
            self.add(node, key, "wrong-type", f"This is not {kind}.", todo)
            return None
        if not low <= value <= high:
            allowed = f"Allowed: {low:g} to {high:g}."
            self.add(node, key, "out-of-range", f"{value:g} is out of range.", allowed)
        return int(value) if whole else value


def read_mapping(path: Path, file: str) -> tuple[Node, Problems]:
    """Read a YAML file that holds one mapping.

    Parameters
    ----------
    path : Path
    file : str
        The file's name in messages.

    Returns
    -------
    Node and Problems
        An empty mapping where the file cannot be read or holds no YAML mapping.
    """
    problems, top = Problems(file), None
    try:
        raw = path.read_bytes()
        if len(raw) > LARGEST_BYTES:
            problems.add(0, "", "too-large", "The file is too large for params.")
        else:
            top = _compose(raw.decode("utf-8-sig"))
    except OSError:
        todo = "Close it in other programs, or ask for permission, and try again."
        problems.add(0, "", "not-readable", "The file cannot be read.", todo)
    except UnicodeDecodeError:
        problems.add(0, "", "encoding", "The file is not UTF-8.", "Save it as UTF-8.")
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        problems.add(line, "", "yaml", "This is not YAML.", "Check colons, quotes and indents.")
    if not problems and not isinstance(top, yaml.MappingNode):
        problems.add(1, "", "yaml", "Keys and values are wanted.", "For example slug: la-01")
    return (Node({}, 1) if problems else _node(top, problems, set(), 1)), problems


def _compose(text: str) -> yaml.Node | None:
    """The tree of a YAML text, by libyaml, many times faster than the other loader.

    libyaml would end the process where nesting goes deep, of which each level takes one of these
    characters.
    """
    is_deep = sum(map(text.count, "[{-:")) >= DEEPEST
    return yaml.compose(text, Loader=yaml.SafeLoader if is_deep else FAST)


def _node(node: yaml.Node, problems: Problems, seen: set[int], line: int) -> Node:
    """The tree from a node on, whose key stands on ``line``; a node met again is an alias."""
    if id(node) in seen:
        problems.add(line, "", "yaml", "Aliases are not read.", "Write it out.")
        return Node("", line)
    seen.add(id(node))
    if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
        problems.add(line, "", "yaml", "Tags are not read.", "Remove the word after '!'.")
    if isinstance(node, yaml.ScalarNode):
        return Node(node.value, line, quoted=bool(node.style))
    if isinstance(node, yaml.SequenceNode):
        children = (_node(child, problems, seen, child.start_mark.line + 1) for child in node.value)
        return Node(list(children), line)
    mapping: dict[str, Node] = {}
    for key_node, value in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
        line_of_key = key_node.start_mark.line + 1
        if key in mapping:
            problems.add(line_of_key, key, "duplicate-key", f"'{key}' stands twice.", "Keep one.")
        else:
            mapping[key] = _node(value, problems, seen, line_of_key)
    return Node(mapping, line)
