"""YAML read so that every word stays what it looks like (docs/analyst.md: YAML 1.2 reading)."""

import cases
import pytest
import yaml

from larcnb import yamlfile
from larcnb.root import WORKBOOK
from larcnb.yamlfile import LARGEST_BYTES, Node, read_mapping

OWN = sorted((WORKBOOK / "params").glob("**/*.yaml"))


@pytest.fixture
def read(tmp_path):
    def from_text(text):
        path = tmp_path / "params.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_mapping(path, "params/la-01.yaml")

    return from_text


@pytest.mark.parametrize(
    "word", ["no", "on", "true", "null", "0301", "2010-11", "2010-11-01", "1:30", "0x1F"]
)
def test_a_word_stays_the_text_it_looks_like(read, word):
    node, problems = read(f"a: {word}\nb: [{word}]\nc: {{{word}: {word}}}\n")
    assert problems == []
    assert node.get("a").value == node.get("b").value[0].value == word
    assert node.get("c").get(word).value == word


@cases.each("word number", "returns", "yaml_numbers")
def test_a_number_is_digits_with_at_most_one_point(read, word, number):
    node, _ = read(f"a: {word}\n")
    assert node.get("a").number() == number


def test_every_value_knows_the_line_of_its_key(read):
    node, _ = read("# a note\na: 1\n\nb:\n  c: 2\n  d:\n    - 3\ne: >\n  long\n  text\nf: 4\n")
    assert {key: child.line for key, child in node.items()} == {"a": 2, "b": 4, "e": 8, "f": 11}
    assert {key: child.line for key, child in node.get("b").items()} == {"c": 5, "d": 6}


def test_a_key_that_stands_twice_is_told_at_its_second_line_wherever_it_is(read):
    _, problems = read("a: 1\nb:\n  c: 1\n  c: 2\na: 1\n")
    assert [(p.row, p.column, p.code) for p in problems] == [
        (4, "c", "duplicate-key"),
        (5, "a", "duplicate-key"),
    ]


@cases.each("text line message", "returns", "yaml_unread")
def test_what_cannot_be_read_is_one_problem_with_its_line(read, text, line, message):
    _, problems = read(text)
    assert [p.row for p in problems] == [line]
    assert message in problems[0].message


@pytest.mark.parametrize("text", ["[" * 600 + "]" * 600, "a: " + "b" * LARGEST_BYTES])
def test_a_file_too_deep_or_too_large_is_refused(read, text):
    assert [p.row for p in read(text)[1]] == [0]


@pytest.mark.parametrize("path", OWN[::6], ids=lambda path: path.stem)
def test_where_libyaml_is_missing_the_same_is_read(path, monkeypatch):
    fast = read_mapping(path, "params/la-01.yaml")
    monkeypatch.setattr(yamlfile, "FAST", yaml.SafeLoader)
    assert read_mapping(path, "params/la-01.yaml") == fast


def test_a_tree_can_be_had_as_plain_values_and_a_byte_order_mark_is_forgiven(read):
    node, problems = read("\ufeffa: [1, '2', no]\nb: {c: 0.5, d: 2010-11}\n")
    assert not problems
    assert node.plain() == {"a": [1.0, "2", "no"], "b": {"c": 0.5, "d": "2010-11"}}
    assert Node("word", 1).get("a") is None and not list(Node("word", 1).items())
