"""What commands say and do, held from outside: words, files and exit codes that a new analyst meets."""

import http.server
import io
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import openpyxl
import pytest
import smallbatch as small
from disclosure_roots import write_root as write_disclosure_root
from test_cli import larcnb
from typer.testing import CliRunner

from larcnb import disclosure, public
from larcnb.cli import kept, output
from larcnb.cli.app import app
from larcnb.cli.bridge import since_last
from larcnb.errors import LarcError
from larcnb.params import load_authority
from larcnb.publish.results import results_workbook
from larcnb.publish.seal import differences, read_page
from larcnb.root import WORKBOOK, Root
from larcnb.runner.batch import Checks, run_batch
from larcnb.runner.plan import Request, make_plan, states
from larcnb.runner.screen import Lines
from larcnb.synth import write_root

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")


@pytest.fixture
def root(tmp_path):
    """A root with one authority of two cases, and one that sent nothing."""
    write_root(tmp_path, 1, 2, 1, "larc4")
    shutil.copytree(WORKBOOK / "data/raw/la-12", tmp_path / "data/raw/la-12")
    shutil.copy(WORKBOOK / "params/la-12.yaml", tmp_path / "params")
    return Root(tmp_path)


def change(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def process(*words, stdout=subprocess.PIPE, **environment):
    """A command as a process of its own: its exit code and the bytes it wrote."""
    done = subprocess.run(
        [sys.executable, "-m", "larcnb.cli", *map(str, words)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        cwd=WORKBOOK,
        env={**os.environ, "PYTHONPATH": str(WORKBOOK), **environment},
    )
    return done.returncode, done.stdout, done.stderr


# What a command says is so


def test_a_check_with_an_error_in_params_never_says_in_order(root):
    change(root.params / "synth-001.yaml", "overrides: {}", "overrides: {deadweight: 3}")
    code, said = larcnb("check", "synth-001", "la-12", "--root", root.path)
    assert code == 2
    assert "synth-001: refused; 1 error in its params" in said
    assert "is valid" not in said and "no errors" not in said


def test_a_params_file_with_a_name_that_cannot_be_a_slug_is_named(root):
    (root.params / "My_Council.yaml").write_text("slug: x\n", "utf-8")
    for words in (("list",), ("batch",)):
        code, said = larcnb(*words, "--root", root.path)
        assert (code, "params/My_Council.yaml" in said) == (2, True)


def test_a_percentage_in_params_is_told_as_the_number_to_write(root):
    change(root.params / "synth-001.yaml", "overrides: {}", "overrides: {deadweight: 30%}")
    assert "30% is 0.3." in larcnb("check", "synth-001", "--root", root.path)[1]


def test_an_own_value_outside_the_logged_range_is_a_warning(root):
    change(
        root.params / "synth-001.yaml",
        "overrides: {}",
        "overrides: {discount_rate: 0.06, attribution: 0.9}",
    )
    code, said = larcnb("check", "synth-001", "--root", root.path)
    warned = [line for line in said.splitlines() if "outside-range" in line]
    assert (code, len(warned), "params/synth-001.yaml, key 'discount_rate'" in warned[0]) == (
        0,
        1,
        True,
    )


def test_what_a_failed_table_means_is_said_where_it_is_counted(tmp_path):
    root = write_disclosure_root(tmp_path, {"la-01": 25, "la-02": 12})
    report = "\n".join(disclosure.prepare(root, "r1").lines())
    assert (
        "fail: the table is left out of the edition; approving releases the others and never a failed one."
        in report
    )


def test_help_cuts_no_line_off():
    said = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).output
    assert not [line for line in said.splitlines()[2:] if line.endswith("...")]


@pytest.mark.parametrize("name", ["la-12.yml", "la-12.yaml.txt", "la-12.YML"])
def test_params_under_another_ending_are_named_with_what_to_call_them(root, name):
    (root.params / "la-12.yaml").rename(root.params / name)
    code, said = larcnb("check", "la-12", "--root", root.path)
    assert (code, f"There is {name}: rename it to la-12.yaml." in said) == (2, True), said
    assert f"Not read, not ending in .yaml: params/{name}." in make_plan(Request(root)).note


@pytest.mark.parametrize("typed", ["LA-12", "la_12", " la-12", "la-12.yaml", "params/la-12.yaml"])
def test_a_name_that_is_nearly_a_slug_is_answered_with_the_slug_and_no_file_is_to_be_renamed(
    root, typed
):
    with pytest.raises(LarcError, match="Did you mean 'la-12'") as refused:
        load_authority(root, typed)
    assert "Rename" not in str(refused.value)


# A command is never silent for long, and its display is no condition of its work


@pytest.fixture
def known(monkeypatch):
    """Workers find the modules of the tests."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


def test_one_authority_is_told_notebook_by_notebook_where_output_is_redirected(tmp_path, known):
    root, said = small.build(tmp_path, {"aa": "good"}), io.StringIO()
    assert run_batch(Request(root, jobs=1), small.CHECKS, Lines(said)) == 0
    told = [
        line
        for line in said.getvalue().splitlines()
        if line.endswith("...") and not line.startswith("still")
    ]
    assert [line.split()[:2] for line in told] == [
        ["aa", "01_clean"],
        ["aa", "02_price"],
        ["consortium/larc4", "10_consortium"],
    ]


def test_what_takes_long_is_said_again(monkeypatch, capsys):
    monkeypatch.setattr(output, "SILENCE", 0.05)
    monkeypatch.setattr("larcnb.runner.screen.SILENCE", 0.05)
    with output.saying() as at:
        at("Reading")
        time.sleep(0.3)
    assert len(re.findall(r"^Reading \.\.\. \(\d+ s\)$", capsys.readouterr().err, re.MULTILINE)) > 1
    said = io.StringIO()
    lines = Lines(said)
    lines.begin(9, "9 to run.")
    lines.note("la-01", "02_price")
    time.sleep(0.1)
    lines.tick()
    assert said.getvalue().splitlines()[-1] == "still at it: la-01 at 02_price ..."


def test_redirected_output_is_utf_8_whatever_the_code_page(root):
    path = root.raw("synth-001") / "process.csv"
    change(
        path, path.read_text("utf-8").splitlines()[1].rsplit(",", 1)[1], "1\N{RIGHTWARDS ARROW}2"
    )
    code, out, err = process(
        "check", "synth-001", "--root", root.path, PYTHONIOENCODING="cp1252", PYTHONUTF8="0"
    )
    assert code == 3, err
    assert "1\N{RIGHTWARDS ARROW}2" in out.decode("utf-8")


@ON_LINUX
def test_a_full_or_closed_output_changes_neither_work_nor_exit_code(root):
    with Path("/dev/full").open("wb") as full:
        assert process("check", "la-12", "--root", root.path, stdout=full)[0] == 0
    assert (root.processed("la-12") / "quality.json").is_file()
    words = f"'{sys.executable}' -m larcnb.cli check synth-001 --root '{root.path}'"
    process_path = root.raw("synth-001") / "process.csv"
    change(process_path, process_path.read_text("utf-8").splitlines()[1].rsplit(",", 1)[1], "much")
    for how in (">&-", "2>&- >&-", "| true; exit ${PIPESTATUS[0]}"):
        shutil.rmtree(root.processed("synth-001"), ignore_errors=True)
        done = subprocess.run(
            ["bash", "-c", f"{words} {how}"], check=False, capture_output=True, cwd=WORKBOOK
        )
        assert done.returncode == 3, (how, done.stderr)
        assert (root.processed("synth-001") / "quality.json").is_file()


# Own values are named everywhere


LONG_FORM = (
    'overrides: {drop_off: {value: 0.25, low: 0.2, high: 0.3, source: "Own survey", because: "More came right."}, '
    "probability: {value: {likely: 0.6}, low: {likely: 0.5}, high: {likely: 0.8}}}"
)


def test_an_override_carries_its_range_source_and_reason(root):
    change(root.params / "synth-001.yaml", "overrides: {}", LONG_FORM)
    found = load_authority(root, "synth-001")
    assert found.overrides == {"drop_off": 0.25, "probability": {"likely": 0.6}}
    assert found.reasons["drop_off"] == {
        "source": "Own survey",
        "because": "More came right.",
        "low": 0.2,
        "high": 0.3,
    }
    assert found.reasons["probability"] == {"low": {"likely": 0.5}, "high": {"likely": 0.8}}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("deadweight: {low: 0.1}", "There is no value"),
        ("deadweight: {value: 0.1, low: 0.2}", "outside its own low and high"),
        ("deadweight: {value: 3}", "3 is out of range"),
        ("deadweight: {value: 0.1, sauce: x}", "Allowed: value, low, high, source, because"),
        ("weighting: {value: expected, low: accepted}", "A word has no range"),
        (
            "probability: {value: {likely: 0.6}, high: {likely: 0.5}}",
            "outside its own low and high",
        ),
    ],
)
def test_an_override_that_cannot_be_one_is_refused_by_line_and_key(root, line, words):
    change(root.params / "synth-001.yaml", "overrides: {}", f"overrides:\n  {line}")
    code, said = larcnb("check", "synth-001", "--root", root.path)
    assert code == 2
    assert re.search(rf"params/synth-001.yaml, line \d+, key '[\w.]+': .*{words}", said), said


def test_the_results_workbook_names_own_values_beside_the_preset_with_source_and_reason(root):
    from test_publish_results import example

    change(root.params / "synth-001.yaml", "overrides: {}", LONG_FORM)
    data, folder = example(), root.processed("synth-001")
    folder.mkdir(parents=True)
    for name, frame in {**data["tables"], "cases": data["cases"], "ledger": data["ledger"]}.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    (folder / "findings.json").write_text('{"payback_year": 0}', "utf-8")
    book = openpyxl.load_workbook(io.BytesIO(results_workbook(root, "synth-001")))
    cells = {sheet.title: [[cell.value for cell in row] for row in sheet.rows] for sheet in book}
    assert "with the authority's own values, listed under Assumptions" in str(cells["Cases"])
    row = next(
        row
        for row in cells["Assumptions"]
        if str(row[0]).lower().replace("_", " ").startswith("drop")
    )
    assert {"the authority", "Own survey", "More came right."} <= set(
        row
    ) and "Green Book" not in str(row)
    assert ["Paid back within (years)", 1] in [
        row[:2] for row in cells["Summary"]
    ]  # as the pages say it


def test_a_public_page_names_own_values_beside_the_preset(tmp_path, monkeypatch):
    root = write_disclosure_root(tmp_path, {"la-01": 25, "la-02": 30})
    for slug in ("la-01", "la-02"):
        change(root.params / f"{slug}.yaml", "overrides: {}", "overrides: {deadweight: 0.25}")
    disclosure.prepare(root, "r1")
    disclosure.release(root, "r1", ["Ann Reader", "Bob Checker"])
    monkeypatch.setenv("LARCNB_ROOT", str(root.path))
    page = public.open_page("20_public", "r1", "la-01")
    assert "LARC4 convention with own values (deadweight 0.25)" in repr(page)
    change(root.params / "la-02.yaml", "overrides: {deadweight: 0.25}", "overrides: {}")
    assert (
        disclosure.prepare(root, "r1").about["preset"]
        == "LARC4 convention with own values of some authorities (deadweight 0.25)"
    )


# One round, one front page


@pytest.fixture(scope="module")
def both_run(tmp_path_factory):
    """A root with the example's round and one of a council's own, both run; and what the batch said."""
    root = small.build(
        tmp_path_factory.mktemp("rounds") / "root", {"aa": "good", "bb": "good", "mereford": "good"}
    )
    small.add_params(root, "mereford", "2026")
    code, said = small.run(root)
    assert (code, small.run(root, "mereford", consortium=False)[0]) == (0, 0)
    return root, said.text


@pytest.fixture
def two_rounds(both_run, tmp_path):
    shutil.copytree(both_run[0].path, tmp_path / "root")
    return small.SmallRoot(tmp_path / "root")


def test_a_front_page_lists_its_own_round_and_leads_to_the_others(two_rounds):
    front, other = (
        (two_rounds.reports / name).read_text("utf-8")
        for name in ("index.html", "index-larc4.html")
    )
    assert "round 2026" in front and "Name of mereford" in front and "Name of aa" not in front
    assert "round larc4" in other and "Name of aa" in other and "Name of mereford" not in other
    assert 'href="index-larc4.html"' in front and 'href="index-2026.html"' in other


def test_without_a_round_named_none_is_passed_over_in_silence(two_rounds, both_run):
    assert "--round 2026 (mereford)" in both_run[1]
    root = str(two_rounds.path)
    said = larcnb("list", "--root", root)[1]
    assert re.search(r"Round 2026:\nmereford .*\n.*Round larc4:\naa ", said, re.DOTALL)
    code, said = larcnb("publish", "--root", root)
    assert (code, "--round 2026 (mereford) or --round larc4 (aa, bb)" in said) == (2, True)


def test_the_one_round_there_is_is_taken(two_rounds):
    for slug in ("aa", "bb"):
        (two_rounds.params / f"{slug}.yaml").unlink()
    assert "another round" not in small.run(two_rounds)[1].text
    assert "round 2026" in larcnb("publish", "--root", two_rounds.path)[1].lower()


def test_a_rounds_pages_do_not_go_out_of_date_by_params_of_a_round_of_ones_own(two_rounds):
    change(two_rounds.params / "mereford.yaml", "preset: larc", "preset: cautious")
    request = Request(two_rounds)
    assert {state for _, state, _ in states(request, make_plan(request))} == {"up to date"}


# What is taken away, and what cannot be read


def test_what_only_takes_away_is_said_before(tmp_path):
    root = small.build(tmp_path, {"aa": "good"})
    assert "taken away" not in small.run(root, consortium=False)[1].text
    said = small.run(root, only=("01",), force=True)[1].text
    assert said.startswith("aa: 02_price will be taken away")
    assert not (root.reports / "aa/02_price.html").exists()


def locked(root, slug, note=None):
    """A check that meets a file another program holds."""
    if slug == "aa":
        raise PermissionError(13, "Permission denied", str(root / "data/raw/aa/cases.csv"))
    return []


def test_a_locked_file_is_named_for_what_it_is_and_the_others_go_on(tmp_path, known):
    root, said = small.build(tmp_path, {"aa": "good", "bb": "good"}), small.Record()
    code = run_batch(Request(root), Checks(small.check_national, locked), said)
    assert code == 1
    assert (
        "aa/cases.csv: It cannot be read. Close it in other programs" in said.text
        and "written" not in said.text
    )
    assert small.status(root)["bb"] == "done"


def test_a_check_goes_on_after_a_file_that_cannot_be_read(root, monkeypatch):
    from larcnb.cli import checks

    real = checks.check_authority

    def read(folder, slug, note=None):
        if slug == "synth-001":
            raise PermissionError(13, "Permission denied", str(root.raw(slug) / "needs.csv"))
        return real(folder, slug)

    monkeypatch.setattr(checks, "check_authority", read)
    code, said = larcnb("check", "synth-001", "la-12", "--root", root.path)
    assert (code, "synth-001/needs.csv: It cannot be read." in said) == (3, True)
    assert "la-12: the return is valid but contains no cases" in said


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything may be read here"
)
def test_a_file_nobody_may_read_stops_its_own_authority_only(tmp_path):
    root = small.build(tmp_path, {"aa": "good", "bb": "good"})
    (root.raw("aa") / "cases.csv").chmod(0)
    code, said = small.run(root)
    assert (code, "aa/cases.csv: It cannot be read." in said.text, small.status(root)["bb"]) == (
        1,
        True,
        "done",
    )


def test_a_scheduler_address_that_is_a_web_page_ends_in_words(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("larcnb.runner.cluster.CONNECT_SECONDS", 1)
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        begun, address = time.monotonic(), f"tcp://127.0.0.1:{server.server_port}"
        with pytest.raises(
            LarcError, match="No dask scheduler answers.*the dashboard has a port of its own"
        ):
            small.run(small.build(tmp_path, {"aa": "good"}), scheduler=address)
        server.shutdown()
    assert time.monotonic() - begun < 15


# Compare and verify


def test_compare_tells_what_moved_since_the_last_run_without_a_copied_folder(root):
    def said():
        return "\n".join(since_last(root, "synth-001"))

    with pytest.raises(LarcError, match="No run of synth-001 is kept yet"):
        said()
    kept.keep_run(root, "synth-001")
    assert said().startswith("synth-001 did not move")
    change(root.params / "synth-001.yaml", "overrides: {}", "overrides: {drop_off: 0.4}")
    assert (
        said().startswith("Old: the last run. New: as things are now, not run yet.")
        and "assumptions" in said()
    )
    kept.keep_run(root, "synth-001")
    assert said().startswith("Old: the run before the last.") and "assumptions" in said()


def test_figures_of_a_long_page_are_set_side_by_side_in_a_moment():
    cells = "".join(f"<tr><th>{n % 40}</th><td>{n % 7}</td></tr>" for n in range(20_000))
    old, new = (
        read_page(f"<main><table>{cells}<tr><td>{text}, and</td></tr>{cells}</table></main>")
        for text in "12"
    )
    begun = time.monotonic()
    assert [line.split(": ", 1)[1] for line in differences(old, new)] == [
        "the page says 1; made anew it says 2"
    ]
    assert time.monotonic() - begun < 5


# The CI brings its browser or fails


@ON_LINUX
def test_the_ci_asks_for_chromium_and_npm_apart_and_fails_without(tmp_path):
    log = tmp_path / "asked"
    for name in ("bash", "dirname", "mktemp", "rm", "id"):
        (tmp_path / name).symlink_to(shutil.which(name))
    for name, script in {
        "apt-get": f'echo "$*" >> {log}',
        "sudo": 'shift; exec "$@"',
        "node": "",
        "npm": "",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{script}\n")
        (tmp_path / name).chmod(0o755)

    def ci():
        return subprocess.run(
            [shutil.which("bash"), str(WORKBOOK / ".ci/run")],
            env={"PATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    done = ci()  # npm is there, and brings nothing
    assert (done.returncode, "axe-core is missing" in done.stderr) == (1, True)
    assert [line for line in log.read_text().splitlines() if "install" in line] == [
        "install -y --no-install-recommends chromium"
    ]
    (tmp_path / "apt-get").write_text("#!/bin/bash\nexit 100\n")
    done = ci()
    assert (done.returncode, "could not install chromium" in done.stderr) == (1, True)


def test_where_a_browser_is_required_its_absence_is_no_skip():
    done = subprocess.run(
        [sys.executable, "-c", "import test_publish_browser"],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
        env={
            **os.environ,
            "LARCNB_BROWSER": "required",
            "LARCNB_NODE_MODULES": "nowhere",
            "PYTHONPATH": str(WORKBOOK),
        },
    )
    assert (done.returncode, "a browser is required here" in done.stderr) == (1, True)
