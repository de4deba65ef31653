"""YAML read so that every word stays what it looks like (DATA.md, Params: YAML 1.2 reading)."""

import pytest

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


@pytest.mark.parametrize(
    ("word", "number"),
    [
        *(("0", 0), ("0.035", 0.035), ("-1", -1), ("0301", 301), (".05", 0.05), ("1.", 1)),
        *((word, None) for word in ("2010-11", "1e3", "1_000", "+1", "0x1F", "1,5", "1.5.2")),
        *((word, None) for word in (".", "-.", "", "nan", ".inf", "٣", "1" * 31)),
        *((word, None) for word in ("'0.1'", '"0.1"', "|\n  0.1")),  # what is quoted is none
    ],
)
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


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: [1\n", 2, "This is not YAML"),
        ("a: b: c\n", 1, "This is not YAML"),
        ("\ta: 1\n", 1, "This is not YAML"),
        ("a: 1\n---\nb: 2\n", 2, "This is not YAML"),
        ("", 1, "Keys and values are wanted"),
        ("- a\n", 1, "Keys and values are wanted"),
        ("a: &x 1\nb: *x\n", 2, "Aliases are not read"),
        ("a: 1\nb: !tag c\n", 2, "Tags are not read"),
        ("a: !!python/name:os.system ''\n", 1, "Tags are not read"),
        (b"a: caf\xe9\n", 0, "not UTF-8"),
        ("[" * 600 + "]" * 600, 0, "This is not YAML"),
        ("a: " + "b" * LARGEST_BYTES, 0, "too large"),
    ],
)
def test_what_cannot_be_read_is_one_problem_with_its_line(read, text, line, message):
    _, problems = read(text)
    assert [p.row for p in problems] == [line]
    assert message in problems[0].message


ODD = [
    "a: 'b'\nc: |\n  d\ne: \"f\\n\"\n",
    "a:\n- b: c\n  d: [e, {f: g}]\n",
    "a: b\tc\n",
    "a\t: b\n",
]
ODD += ["a: b\n\ufeff", "a: *b\n", "? a\n: b\n", "a: b\na: c\n", "a: ~\nb:\n", "a: £5\n"]
ODD += ["--- \na: b\n...\n", "a: [\n", "a: b: c\n", "a: [what?]\n", "a: {b?: c}\n"]
ODD += ["a: |#c\n  b\n", "a: |+#c\n  b\n", "a: >-\n  b # c\n"]


@pytest.mark.parametrize("text", [*(path.read_text("utf-8") for path in OWN[::6]), *ODD])
def test_where_libyaml_is_missing_the_same_is_read(text, monkeypatch):
    fast = yamlfile._parsed.__wrapped__(text.encode(), "params/la-01.yaml")
    monkeypatch.setattr(yamlfile, "FAST", None)
    assert yamlfile._parsed.__wrapped__(text.encode(), "params/la-01.yaml") == fast


@pytest.mark.skipif(yamlfile.FAST is None, reason="PyYAML without libyaml")
def test_the_workbooks_own_params_are_read_the_fast_way(monkeypatch):
    monkeypatch.setattr(yamlfile, "_Loader", None)
    for path in OWN:
        node, problems = yamlfile._parsed.__wrapped__(path.read_bytes(), path.name)
        assert dict(node.items()) and not problems


def test_a_tree_can_be_had_as_plain_values_and_a_byte_order_mark_is_forgiven(read):
    node, problems = read("\ufeffa: [1, '2', no]\nb: {c: 0.5, d: 2010-11}\n")
    assert not problems
    assert node.plain() == {"a": [1.0, "2", "no"], "b": {"c": 0.5, "d": "2010-11"}}
    assert Node("word", 1).get("a") is None and not list(Node("word", 1).items())
