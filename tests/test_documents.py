"""What the documents say is so: links lead somewhere, commands exist, made pages are up to date, findings are found."""

import re
import shlex
import subprocess
import sys

import pytest
import typer

from larcnb.cli.app import app
from larcnb.root import WORKBOOK

DOCUMENTS = sorted(
    [*WORKBOOK.glob("*.md"), *WORKBOOK.glob("docs/*.md"), WORKBOOK / "data/raw/README.md"]
)
IDS = [str(path.relative_to(WORKBOOK)) for path in DOCUMENTS]
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


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_link_leads_somewhere(path):
    for link in LINK.findall(path.read_text("utf-8")):
        if link.startswith("http"):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file) if file else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_command_exists_with_its_options(path):
    for words in written_commands(path.read_text("utf-8")):
        name, *rest = words[1:]
        if name.isupper():
            continue
        assert name in COMMANDS, words
        command = getattr(COMMANDS[name], "commands", {}).get(
            rest[0] if rest else "", COMMANDS[name]
        )
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word.split("=")[0] for word in rest if word.startswith("-")} <= known, words


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_every_make_target_and_every_named_file_is_there(path):
    text = path.read_text("utf-8")
    assert set(re.findall(r"`make ([a-z]+)`", text)) <= set(TARGETS)
    named = re.findall(
        r"`((?:larcnb|notebooks|params|tests|docs|benchmarks|data/raw)/[\w./-]*)`", text
    )
    made_by_users = ("mereford", "unit_costs.csv")
    missing = [
        name
        for name in named
        if not (WORKBOOK / name).exists() and not any(u in name for u in made_by_users)
    ]
    assert missing == []


def test_the_pages_made_from_code_and_params_are_up_to_date(monkeypatch):
    monkeypatch.syspath_prepend(str(WORKBOOK / "docs"))
    import generate

    for name, make in generate.PAGES.items():
        assert (WORKBOOK / "docs" / name).read_text("utf-8") == make(), (
            f"run python docs/generate.py: {name}"
        )


def test_the_finding_in_the_readme_is_the_example_authoritys(monkeypatch):
    monkeypatch.syspath_prepend(str(WORKBOOK / "docs"))
    import generate

    text = (WORKBOOK / "README.md").read_text("utf-8")
    quoted = re.findall(r"^> (.+)$", text, re.MULTILINE)
    assert (
        quoted[0].startswith("To pay for itself, help must have prevented ")
        and "reference case" in quoted[1]
    )
    assert quoted[2].startswith("LARC's own convention") and quoted[2].endswith(
        "an upper bound, not an estimate."
    )
    assert text == generate.readme(), "run python docs/generate.py"


def test_no_committed_file_names_a_machine_or_a_home():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=WORKBOOK, capture_output=True, check=True
    ).stdout
    own = re.compile(rb"/(?:home|Users|root)/[a-z]|[A-Z]:\\\\?Users\\\\?[a-z]|/work/main")
    found = [
        name
        for name in listed.decode().split("\0")
        if name and not name.startswith("tests/") and own.search((WORKBOOK / name).read_bytes())
    ]
    assert found == []


def test_the_generator_is_a_command_of_its_own():
    code = "import runpy, pathlib; print(sorted(runpy.run_path('docs/generate.py')['PAGES']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=WORKBOOK, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['assumptions.md', 'data_dictionary.md']"


def test_the_picture_in_the_readme_is_the_example_authoritys_with_its_alt_text(monkeypatch):
    monkeypatch.syspath_prepend(str(WORKBOOK / "docs"))
    import generate

    picture, alt = generate.finding()
    assert (WORKBOOK / "docs/finding.svg").read_bytes() == picture
    assert f"![{alt}](docs/finding.svg)" in (WORKBOOK / "README.md").read_text("utf-8")
