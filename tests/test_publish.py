"""Pages: whole, safe and readable by everybody, whatever a notebook or a return holds."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from nbformat import v4
from page_frames import CONTEXT, shown_of_all
from roots import params_of, write_root

from larcnb.publish import render_page, write_index
from larcnb.publish.page import audit_trail, clean_html, link_pages, markdown, sha256
from larcnb.publish.page import script as script_of
from larcnb.publish.verify import PageText
from larcnb.root import WORKBOOK, Root

COMPLETE = "application/vnd.larcnb.complete+json"
GIVEN = json.loads(Path(__file__).with_name("payloads.json").read_text("utf-8"))
PAYLOADS, FORMULAS = GIVEN["markup"], GIVEN["formulas"]
SWITCH = {"type": "checkbox", "id": "show-code", "autocomplete": "off"}
VOID = "meta img br hr source link input base embed col".split()  # noqa: SIM905
BANNED = {"iframe", "object", "embed", "form", "base", "link", "math", "video", "audio"}
BANNED |= {"use", "image", "foreignobject", "animate", "set", "pattern", "filter"}  # of a drawing
LEADS = re.compile(r"#|https?://|(\.\./)?[\w-][\w./-]*\.(html|xlsx|docx)")


class Seen(HTMLParser):
    """What a browser would make of a page: its elements, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.open += [tag] * (tag not in VOID)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def all(self, tag: str) -> list[dict]:
        return [attrs for name, attrs in self.elements if name == tag]


def result(thing, **data):
    data = {"text/plain": repr(thing)} | data
    return v4.new_output("execute_result", data=data, execution_count=1)


def shown(thing):
    return result(thing, **{"text/html": thing._repr_html_()})


def completed(notebook="04_findings", unit="la-01"):
    record = {"notebook": notebook, "unit": unit}
    said = f"{notebook} is complete for {unit}."
    return v4.new_output("display_data", data={"text/plain": said, COMPLETE: record})


def notebook(*cells, heading="# Does it pay to help early?\n\nWhat we ask."):
    return v4.new_notebook(cells=[v4.new_markdown_cell(heading), *cells])


def code(source="run", *outputs):
    return v4.new_code_cell(source, outputs=list(outputs))


def of_round():
    return render_page(notebook(code("x", completed("10_x", "consortium/larc4"))), "t")


@pytest.fixture(scope="module")
def full() -> str:
    """A page with one of each: figure, tables, cards, trace, code, notice."""
    things = shown_of_all()
    return render_page(
        notebook(
            code("authority = 'la-01'"),
            code("run", shown(CONTEXT)),
            v4.new_markdown_cell("## Savings\n\n`code`, [a link](https://example.org).\n\n* one"),
            code("show.bars(saving, 'text', 1)  # a comment", shown(things["chart"])),
            v4.new_markdown_cell("## Families\n\n### One by one"),
            code("show.cards()", shown(things["cards"])),
            code("trace", shown(things["trace"])),
            code("costs", shown(things["costs"])),
            code("run.finish()", completed()),
            heading="# Does it pay to help early?\n\nWe ask.\n\n*Reads* the ledger. *Writes* `findings.json`.",
        ),
        "Does it pay to help early?",
        name="Exampleshire",
        made="2026-11-30",
    )


def assert_harmless(html: str, script: str = "") -> None:
    """No script but ours, no handler, no style but ours, no address that loads or runs anything."""
    seen = Seen(html)
    assert all(one == SWITCH for one in seen.all("input")) or script
    if script:
        ours = script_of(script)
        assert html.count("<script") == len(seen.all("script")) == 1
        assert html.split("<script>")[1].split("</script>")[0] == ours
        assert f"script-src 'sha256-{sha256(ours)}'" in seen.all("meta")[1]["content"]
    banned = BANNED if script else BANNED | {"script"}
    assert not banned & {tag for tag, _ in seen.elements}
    assert len(seen.all("style")) == html.count("<style>") == 1
    for tag, attrs in seen.elements:
        assert not [n for n in attrs if n.startswith("on") or n in ("style", "srcdoc", "action")]
        for name in ("src", "srcset"):
            loaded = attrs.get(name, "data:image/png;base64,")
            assert loaded.startswith("data:image/") and "svg" not in loaded[:30], (tag, attrs)
        painted = f"{attrs.get('fill', '')} {attrs.get('stroke', '')}"
        assert "url(" not in painted.lower(), attrs
        assert LEADS.match(attrs.get("href", "#")), (tag, attrs)
        if tag == "meta":
            assert attrs.get("http-equiv", "Content-Security-Policy") == "Content-Security-Policy"


# A page


def test_a_page_is_whole_closed_and_asks_nothing_of_the_network(full):
    seen = Seen(full)
    assert_harmless(full)
    policy = seen.all("meta")[1]["content"]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy and seen.wrong == seen.open == []
    assert PageText(full).is_unaltered and len(full.encode()) < 300_000


def test_headings_landmarks_ids_and_links_are_in_order(full):
    seen = Seen(full)
    assert len(seen.all("h1")) == len(seen.all("main")) == 1
    assert seen.all("html") == [{"lang": "en"}]
    assert "<title>Exampleshire: Does it pay to help early?</title>" in full
    assert seen.all("a")[0] == {"class": "skip", "href": "#main"}
    levels = [int(tag[1]) for tag, _ in seen.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    ids = [attrs["id"] for _, attrs in seen.elements if "id" in attrs]
    inner = [attrs["href"][1:] for attrs in seen.all("a") if attrs.get("href", "").startswith("#")]
    assert len(ids) == len(set(ids)) and {"savings", "families"} <= set(inner) <= set(ids)
    pictures = [attrs for _, attrs in seen.elements if attrs.get("role") == "img"]
    assert pictures and all(re.search(r"\d", picture["aria-label"]) for picture in pictures)


def test_an_analysts_own_picture_is_let_through_with_its_description():
    png = {"image/png": "aGk=", "text/plain": "<Figure size 640x480>"}
    output = v4.new_output("display_data", data=png, metadata={"alt": "3 bars"})
    page = render_page(notebook(code("x", output)), "t")
    assert '<img alt="3 bars" src="data:image/png;base64,aGk=">' in page


def test_code_is_there_for_who_asks_and_what_is_read_and_noticed_stands_in_its_place(full):
    assert '<span class="n">show</span>' in full
    assert full.count('<pre class="code analyst">') == 6 and Seen(full).all("input") == [SWITCH]
    assert full.index('<span class="n">authority</span>') < full.index('<h2 id="savings">')
    # What a notebook reads, and its record, are at the foot; its notice is at the top, once.
    body, _, foot = full.partition("<footer>")
    for words in ("the ledger.", "findings.json", "04_findings is complete for la-01."):
        assert words in foot and words not in body
    assert full.count("A made-up authority.") == 1
    assert full.index("A made-up authority.") < full.index("<h1>") < full.index("2010-11")


def test_frames_plain_text_and_try_it_steps_are_the_analysts_and_absent_on_public_pages():
    frame = '<div><table border="1" class="dataframe"><tr><th></th><th>net</th></tr></table></div>'
    cells = [
        code("cases.head()", result("x", **{"text/html": frame})),
        code("1", v4.new_output("execute_result", data={"text/plain": "PLAIN"})),
        v4.new_markdown_cell("Kept.\n\n**Try it.** Change ME."),
        code("x", shown(CONTEXT)),
        v4.new_markdown_cell("## After\n\nFor readers."),
        code("y", shown(CONTEXT)),
    ]
    inside, public = (
        render_page(notebook(*cells), "t", edition).partition("</head>")[2]
        for edition in ("internal", "public")
    )
    for words in ('class="dataframe"', "PLAIN", "Change ME"):
        before = inside[: inside.index(words)]
        assert "</div>" not in before[before.rindex('<div class="analyst">') :], words
    before = inside[: inside.index("Kept.")]
    assert before.rindex("</div>") > before.rindex('<div class="analyst">')
    hidden = ("dataframe", "PLAIN", "Change ME", "analyst", "<input", 'class="n"')
    assert not [words for words in hidden if words in public]
    assert all(">Kept.<" in page and "For readers." in page for page in (inside, public))


def test_the_bar_leads_to_the_pages_that_were_made_and_of_a_round_to_the_index(full, tmp_path):
    for name in ("01_clean", "02_price"):
        page = render_page(notebook(code("x", completed(name))), "t")
        (tmp_path / f"{name}.html").write_text(page, "utf-8")
    findings = tmp_path / "04_findings.html"
    findings.write_text(full, "utf-8")
    assert link_pages(tmp_path) == ["01_clean", "02_price", "04_findings"]
    html = findings.read_text("utf-8")
    links = [attrs["href"] for attrs in Seen(html).all("a") if ".html" in attrs["href"]]
    assert links == ["01_clean.html", "02_price.html"]  # no 03, and no index of other families
    assert '<span aria-current="page">Findings</span>' in html and PageText(html).is_unaltered
    assert link_pages(tmp_path) == [] and "../index.html" in of_round()
    # A pound that is not on this page is looked for on the page of prices.
    linked = code("x", shown(shown_of_all()["cards"]))
    html = render_page(notebook(linked, code("y", completed())), "t")
    assert '<a href="02_price.html#pounds-oak">' in html


def test_each_page_says_for_whom_it_is_when_it_was_made_and_how_it_is_marked(full):
    assert '<time datetime="2026-11-30">30 November 2026</time>' in full
    foot = "Exampleshire: Does it pay to help early\\3f , made 30 November 2026"
    assert f'@bottom-left {{ content: "{foot}"; }}' in full
    assert "authority&#39;s own staff" in full and "authorities&#39; own staff" in of_round()
    marked = render_page(notebook(), "t", marking="official-sensitive")
    assert "<strong>OFFICIAL-SENSITIVE</strong> Internal edition" in marked
    public = render_page(notebook(), "t", "public", marking="official-sensitive")
    assert '<p class="edition">Public edition: ' in public and "OFFICIAL" not in public


def test_params_mark_pages_and_name_who_answers_and_a_round_bears_the_highest_marking(tmp_path):
    more = "marking: official-sensitive\nroles:\n  analyst: A. <b>Baker</b>\n"
    root = write_root(tmp_path, params=params_of(round="r1") + more)
    file, units = WORKBOOK / "notebooks/01_clean.ipynb", ("la-01", "consortium/r1", "consortium/r2")
    own, its_round, other = (audit_trail(root, unit, file) for unit in units)
    assert own["marking"] == its_round["marking"] == "official-sensitive" and not other["marking"]
    assert not any(its_round["roles"].values())
    foot = render_page(notebook(), "t", roles=own["roles"]).partition("<footer>")[2]
    assert "<dt>Analyst</dt><dd>A. &lt;b&gt;Baker&lt;/b&gt;</dd>" in foot
    assert foot.count("<dd>not named</dd>") == 3


# What a notebook or a return may hold


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_live_in_any_sink(payload):
    def display(metadata=None, **data):
        data = {kind.replace("_", "/"): value for kind, value in data.items()}
        return v4.new_output("display_data", data=data, metadata=metadata or {})

    prose = f"## {payload}\n\n{payload}\n\n* {payload}\n\n| a |\n|---|\n| {payload} |"
    pictured = {"alt": payload, "image/png": {"width": payload}}
    outputs = [
        shown(CONTEXT),
        v4.new_output("stream", name="stdout", text=payload),
        display(text_html=payload),
        display(text_html=f'<p class="notice">{payload}</p>'),
        display(text_markdown=payload),
        display(text_latex=payload, text_plain=payload),
        display(**{"image_svg+xml": payload, "application_javascript": payload}),
        display(pictured, image_png='aGk="onerror="alert(1)', text_plain=payload),
        v4.new_output("error", ename=payload, evalue=payload, traceback=[payload]),
    ]
    cells = (
        v4.new_markdown_cell(prose),
        code(payload, *outputs),
        code("x", completed(payload, payload)),
    )
    html = render_page(notebook(*cells, heading=f"# {payload}"), payload)
    assert_harmless(html)
    seen = Seen(html)
    assert len(seen.all("main")) == len(seen.all("body")) == len(seen.all("title")) == 1
    assert "49" not in re.sub(r"sha256-[^']*|\d+\.\d+|#[0-9a-f]{3,8}", "", html.split("</head>")[1])


def test_cleaning_keeps_our_drawings_and_closes_what_was_left_open():
    chart = shown_of_all()["chart"]._repr_html_().partition("</style>")[2]  # a page has it once
    assert Seen(clean_html(chart)).elements == Seen(chart).elements and "<svg" in chart
    assert clean_html("<div><p>a") == "<div><p>a</p></div>"
    assert clean_html("a</div></main></body>") == "a"
    assert markdown("a <b>b</b>") == "<p>a &lt;b&gt;b&lt;/b&gt;</p>\n"


# The index


FRONT = Path(__file__).with_name("front_page.json").read_text("utf-8")
FOUND = json.loads(FRONT)["findings"]["la-01"]


@pytest.fixture
def root(tmp_path) -> Root:
    root = Root(tmp_path)
    (tmp_path / "params").mkdir()
    for slug, found in json.loads(FRONT)["findings"].items():
        root.pages(slug).mkdir(parents=True)
        for name in ("01_clean.html", "04_findings.html"):
            (root.pages(slug) / name).write_text("x", "utf-8")
        write_findings(root, slug, json.dumps(found))
    write_findings(root, "la-03", "{broken")
    (root.pages("la-01") / "results.xlsx").write_text("x", "utf-8")
    return root


def write_findings(root, slug, text):
    root.processed(slug).mkdir(parents=True, exist_ok=True)
    (root.processed(slug) / "findings.json").write_text(text, "utf-8")


def run_record() -> dict:
    return json.loads(FRONT)["run"]


def index(root, record=None) -> str:
    return write_index(root, run_record() if record is None else record).read_text("utf-8")


def cells_of(html: str, name: str) -> list[str]:
    """The words of a row of the index, without those that only a phone shows."""
    row = next(row for row in re.findall(r"(?s)<tr.*?</tr>", html) if f">{name}<" in row)
    row = re.sub(r'<span class="of".*?</span>', "", row)
    cells = re.findall(r"(?s)<t[hd].*?</t[hd]>", row)
    return [re.sub("<[^>]*>", "", cell).strip() for cell in cells]


def test_the_index_lists_and_counts_authorities_with_numbers_headline_and_pages(root):
    html = index(root)
    assert_harmless(html, "search.js")
    header, row = cells_of(html, "Authority"), cells_of(html, "Alderwick")
    assert row == ["Alderwick", "4", "3", "950", "46", "−1,235", "−2,000 to 90", "9,877"]
    assert header[3:6:2] == ["Spent (£)", "Public purse (reference case), net saving (£)"]
    assert '<a href="la-01/04_findings.html">Alderwick</a>' in html and "Up to date" not in html
    assert "</strong> It &lt;b&gt; pays.</li>" in html and "Made up." in html
    assert 'href="la-01/results.xlsx" aria-label="Alderwick: Results workbook"' in html
    assert "An &lt;hour&gt; is missing. Mend it." in html and "OFFICIAL" not in html
    for words in ("authority sent cases", "authority sent no cases", "return rejected"):
        assert f"<strong>1</strong> {words}" in html
    links = [attrs["href"] for attrs in Seen(html).all("a")]
    assert all(link.startswith("#") or (root.reports / link).is_file() for link in links)
    assert index(root) == html
    assert [path.name for path in root.reports.iterdir() if path.is_file()] == ["index.html"]


def test_the_index_shows_no_result_of_one_or_two_costed_cases(root):
    write_findings(root, "la-01", json.dumps(FOUND | {"costed": 2}))
    html = index(root)
    assert "9,877" not in html and "−1,235" not in html and "It &lt;b&gt; pays." not in html
    assert "2 cases costed: no result is shown" in html


def test_the_index_shows_no_point_outside_its_interval(root):
    found = json.loads(json.dumps(FOUND))
    found["scenarios"][1]["saving_long"] = 100
    write_findings(root, "la-01", json.dumps(found))
    assert cells_of(index(root), "Alderwick")[5:7] == ["–", "−2,000 to 90"]


def test_a_round_of_evidence_has_a_front_page_of_its_own_without_empty_columns(root):
    record = run_record()
    for entry in record["jobs"].values():
        entry["round"] = "larc4"
    record |= {"round": "larc2", "started": "2026-11-30T00:00:00Z"}
    record["params"] = {"l2-01": {"marking": "official-sensitive"}}
    record["jobs"]["l2-01"] = {"name": "Averholt", "status": "done", "round": "larc2"}
    record["jobs"]["la-04"] = {"name": "Dunfell", "status": "done", "round": "larc4"}
    root.processed("l2-01").mkdir(parents=True)
    pd.DataFrame({"row": [1]}).to_parquet(root.processed("l2-01") / "evidence.parquet")
    html = index(root, record)
    for words in (
        '<td role="cell">Sent evidence</td>',
        "<strong>1</strong> authority sent evidence",
        "<strong>OFFICIAL-SENSITIVE</strong>",
        "30 November 2026",
        '<a href="index-larc4.html">Round LARC4</a>',
    ):
        assert words in html
    assert cells_of(html, "Authority") == ["Authority", "What it sent"]
    other = (root.reports / "index-larc4.html").read_text("utf-8")
    assert other.count("Return read, not costed yet") == 1 and "Averholt" not in other
    assert "No authority has been run yet." in index(Root(root.path / "empty"), {})
