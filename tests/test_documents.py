"""What the documents say is so: links lead somewhere, commands exist, made pages are up to date, findings are found."""

import importlib
import re
import shlex
import subprocess

import pytest
import typer

from larcnb.cli.app import app
from larcnb.root import WORKBOOK

FOUND = [*WORKBOOK.glob("*.md"), *WORKBOOK.glob("docs/*.md"), WORKBOOK / "data/raw/README.md"]
EACH = pytest.mark.parametrize("path", sorted(FOUND), ids=lambda p: str(p.relative_to(WORKBOOK)))
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMANDS = typer.main.get_command(app).commands
TARGETS = re.findall(r"^([a-z]+):", (WORKBOOK / "Makefile").read_text("utf-8"), re.MULTILINE)


def anchors(text):
    """The anchors of a document's headings, as they are made on the common hosts of repositories."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def written_commands(text):
    """Each line of a fenced shell block, and each inline code, that calls ``larcnb``."""
    blocks = re.findall(r"```(?:sh|)\n(.*?)```", text, re.DOTALL)
    lines = [line.split("#")[0] for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`(larcnb [^`]+)`", text)
    return [shlex.split(line) for line in [*lines, *inline] if line.strip().startswith("larcnb ")]


@EACH
def test_every_link_leads_somewhere(path):
    for link in LINK.findall(path.read_text("utf-8")):
        if link.startswith("http"):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file) if file else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), link


@EACH
def test_every_command_exists_with_its_options(path):
    for words in written_commands(path.read_text("utf-8")):
        name, *rest = words[1:]
        if name.isupper():
            continue
        assert name in COMMANDS, words
        parts = getattr(COMMANDS[name], "commands", {})
        command = parts.get(rest[0] if rest else "", COMMANDS[name])
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word.split("=")[0] for word in rest if word.startswith("-")} <= known, words


@EACH
def test_every_make_target_and_every_named_file_is_there(path):
    text = path.read_text("utf-8")
    assert set(re.findall(r"`make ([a-z]+)`", text)) <= set(TARGETS)
    folders = "larcnb|notebooks|params|tests|docs|benchmarks|data/raw"
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`", text)
    made = [name for name in named if "mereford" in name or "unit_costs.csv" in name]  # by users
    assert [name for name in named if name not in made and not (WORKBOOK / name).exists()] == []


@pytest.fixture
def generate(monkeypatch):
    monkeypatch.syspath_prepend(str(WORKBOOK / "docs"))
    return importlib.import_module("generate")


def test_the_pages_made_from_code_and_params_are_up_to_date(generate):
    for name, make in generate.PAGES.items():
        said = (WORKBOOK / "docs" / name).read_text("utf-8")
        assert said == make(), f"run python docs/generate.py: {name}"


def test_the_finding_and_the_picture_in_the_readme_are_the_example_authoritys(generate):
    text, (picture, alt) = (WORKBOOK / "README.md").read_text("utf-8"), generate.finding()
    even, reference, convention = re.findall(r"^> (.+)$", text, re.MULTILINE)[:3]
    assert even.startswith("To pay for itself, help must have prevented ")
    assert "reference case" in reference
    assert convention.endswith("an upper bound, not an estimate.")
    assert text == generate.readme(), "run python docs/generate.py"
    assert (WORKBOOK / "docs/finding.svg").read_bytes() == picture
    assert f"![{alt}](docs/finding.svg)" in text


def test_no_committed_file_names_a_machine_or_a_home():
    git = ["git", "ls-files", "-z"]
    listed = subprocess.run(git, cwd=WORKBOOK, capture_output=True, check=True).stdout.decode()
    own = re.compile(rb"/(?:home|Users|root)/[a-z]|[A-Z]:\\\\?Users\\\\?[a-z]|/work/main")
    names = [name for name in listed.split("\0") if name and not name.startswith("tests/")]
    assert [name for name in names if own.search((WORKBOOK / name).read_bytes())] == []
