"""Pages: whole, safe and readable by everybody, whatever a notebook or a return holds."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser

import pytest
from nbformat import v4
from page_frames import CONTEXT, HOSTILE, shown_of_all
from roots import params_of, write_root

from larcnb.publish import render_page, write_index
from larcnb.publish.audit_trail import audit_trail
from larcnb.publish.checksum import PageText
from larcnb.publish.clean import clean_html, markdown
from larcnb.publish.page import link_pages
from larcnb.publish.templates import script as script_of
from larcnb.root import WORKBOOK, Root

SPACE = "'http://www.w3.org/2000/svg'"
COMPLETE = "application/vnd.larcnb.complete+json"
DRAWINGS = [
    f"<img src='data:image/svg+xml;base64,{base64.b64encode(svg.replace('<svg', '<svg xmlns=' + SPACE).encode()).decode()}'>"
    for svg in (
        "<svg onload='alert(1)'/>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><style>@import '//evil.example/x'</style></svg>",
        "<svg><style>g{fill:url(//evil.example/x)}</style></svg>",
        "<svg><rect fill='URL(https://evil.example/x#a)'/></svg>",
        "<svg><rect style='fill:url( //evil.example)'/></svg>",
        "<svg xmlns:x='http://www.w3.org/1999/xlink'><use x:href='//evil.example/x'/></svg>",
        "<svg><a href='javascript:alert(1)'><g/></a></svg>",
        "<svg><foreignObject><g/></foreignObject></svg>",
        "<svg><set attributeName='onclick' to='alert(1)'/></svg>",
        "<svg><image/></svg>",
        "<svg><g></svg>",
        "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>&a;</svg>",
        "<?xml-stylesheet href='//evil.example/x'?><svg/>",
    )
]
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script>",
    "<iframe src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='jAvAsCrIpT:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<form action=//evil.example><input name=a><button>go</button></form>",
    "<object data=//evil.example>",
    "<embed src=//evil.example>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example>",
    "<style>@import '//evil.example'</style>",
    "<div style='background:url(//evil.example)'>x</div>",
    "<img src=//evil.example/x.png>",
    "<img srcset='//evil.example/x.png 2x'>",
    *DRAWINGS,
    "<video src=//evil.example></video>",
    "<audio src=//evil.example></audio>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<p onclick=alert(1)>x</p>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<template><script>alert(1)</script></template>",
    "<textarea><script>alert(1)</script></textarea>",
    "<noscript><img src=x onerror=alert(1)></noscript>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<a href='vbscript:x'>x</a>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "</main></body><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<select><option onclick=alert(1)>",
    "[x](javascript:alert(1))",
    "![x](//evil.example/x.png)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "{{ 7 * 7 }}{% for x in [] %}",
    "$\\href{javascript:alert(1)}{x}$",
    "```html\n<script>alert(1)</script>\n```",
]


SWITCH = {"type": "checkbox", "id": "show-code", "autocomplete": "off"}


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
        if tag not in {
            "meta",
            "img",
            "br",
            "hr",
            "source",
            "link",
            "input",
            "base",
            "embed",
            "col",
        }:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def all(self, tag: str) -> list[dict]:
        return [attrs for name, attrs in self.elements if name == tag]


def result(thing, **data):
    return v4.new_output(
        "execute_result", data={"text/plain": repr(thing)} | data, execution_count=1
    )


def shown(thing):
    return result(thing, **{"text/html": thing._repr_html_()})


def completed(notebook="04_findings", unit="la-01"):
    return v4.new_output(
        "display_data",
        data={
            "text/plain": f"{notebook} is complete for {unit}.",
            COMPLETE: {"notebook": notebook, "unit": unit},
        },
    )


def notebook(*cells, heading="# Does it pay to help early?\n\nWhat we ask."):
    return v4.new_notebook(cells=[v4.new_markdown_cell(heading), *cells])


def code(source="run", *outputs):
    return v4.new_code_cell(source, outputs=list(outputs))


@pytest.fixture(scope="module")
def full() -> str:
    """A page with one of each: figure, tables, cards, trace, code, notice."""
    things = shown_of_all()
    return render_page(
        notebook(
            code("authority = 'la-01'"),
            code("run", shown(CONTEXT)),
            v4.new_markdown_cell("## Savings\n\nText with `code` and **weight**."),
            code("show.bars(saving)", shown(things["chart"])),
            v4.new_markdown_cell("## Families\n\n### One by one"),
            code("show.cards()", shown(things["cards"])),
            code("trace", shown(things["trace"])),
            code("costs", shown(things["costs"])),
            code("run.finish()", completed()),
            heading="# Does it pay to help early?\n\nWhat we ask.\n\n*Reads* the ledger. *Writes* `findings.json`.",
        ),
        "Does it pay to help early?",
        name="Exampleshire",
        made="2026-11-30",
    )


def assert_harmless(html: str, script: str = "") -> None:
    """No script but ours, no handler, no style but ours, no address that loads or runs anything."""
    seen = Seen(html)
    assert all(one == SWITCH for one in seen.all("input")) or script
    banned = {
        "script",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
        "link",
        "math",
        "video",
        "audio",
    }
    banned |= {
        "use",
        "image",
        "foreignobject",
        "animate",
        "set",
        "pattern",
        "filter",
    }  # of a drawing, what loads or moves
    if script:
        assert html.count("<script") == len(seen.all("script")) == 1
        assert html.split("<script>")[1].split("</script>")[0] == script_of(script).text
        assert f"script-src 'sha256-{script_of(script).hash}'" in seen.all("meta")[1]["content"]
        banned -= {"script"}
    assert not banned & {tag for tag, _ in seen.elements}
    assert len(seen.all("style")) == html.count("<style>") == 1
    for tag, attrs in seen.elements:
        assert not any(
            name.startswith("on") or name in {"style", "srcdoc", "action"} for name in attrs
        ), (tag, attrs)
        for name in ("src", "srcset"):
            assert attrs.get(name, "data:image/png;base64,").startswith("data:image/"), (tag, attrs)
            assert "svg" not in attrs.get(name, "")[:30]
        assert not any(
            "url(" in (value or "").lower()
            for name, value in attrs.items()
            if name in {"fill", "stroke"}
        ), attrs
        href = attrs.get("href", "#")
        assert re.match(r"#|https?://|(\.\./)?[\w-][\w./-]*\.(html|xlsx)", href), (tag, href)
        if tag == "meta":
            assert attrs.get("http-equiv", "Content-Security-Policy") == "Content-Security-Policy"


def test_a_page_is_whole_and_asks_nothing_of_the_network(full):
    seen = Seen(full)
    assert_harmless(full)
    policy = seen.all("meta")[1]["content"]
    assert (
        policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
        and "unsafe" not in policy
    )
    assert seen.wrong == [] and seen.open == []


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_a_drawing_as_a_picture_is_left_out(drawing):
    assert clean_html(drawing) == "<img>"


def test_our_own_drawings_are_let_through():
    shown = shown_of_all()["chart"]._repr_html_()
    assert clean_html(shown).count("<svg") == shown.count("<svg") >= 1


def test_a_page_has_one_heading_a_title_a_language_landmarks_and_a_way_past_them(full):
    seen = Seen(full)
    assert len(seen.all("h1")) == 1 and len(seen.all("main")) == 1
    assert seen.all("html") == [{"lang": "en"}]
    assert "<title>Exampleshire: Does it pay to help early?</title>" in full
    assert seen.all("a")[0] == {"class": "skip", "href": "#main"}


def test_headings_do_not_skip_a_level_and_ids_are_unique(full):
    seen = Seen(full)
    levels = [int(tag[1]) for tag, _ in seen.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    ids = [attrs["id"] for _, attrs in seen.elements if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_links_within_the_page_lead_somewhere(full):
    seen = Seen(full)
    ids = {attrs.get("id") for _, attrs in seen.elements}
    inner = [attrs["href"][1:] for attrs in seen.all("a") if attrs.get("href", "").startswith("#")]
    assert len(inner) > 20 and set(inner) <= ids
    assert [word for word in ("savings", "families") if word in inner] == ["savings", "families"]


def test_every_picture_has_alt_text_with_figures(full):
    pictures = [attrs for tag, attrs in Seen(full).elements if attrs.get("role") == "img"]
    assert pictures and all(re.search(r"\d", picture["aria-label"]) for picture in pictures)


def test_code_is_there_for_who_asks_and_silent_cells_share_one_step(full):
    assert '<span class="n">show</span>' in full
    assert full.count('<pre class="code analyst">') == 6 and Seen(full).all("input") == [SWITCH]
    assert full.index('<span class="n">authority</span>') < full.index('<h2 id="savings">')


def test_frames_plain_text_and_try_it_steps_are_the_analysts_and_absent_on_public_pages():
    frame = '<div><table border="1" class="dataframe"><tr><th></th><th>net</th></tr></table></div>'
    cells = [
        code(
            "cases.head()",
            v4.new_output("execute_result", data={"text/html": frame, "text/plain": "repr"}),
        ),
        code("1", v4.new_output("execute_result", data={"text/plain": "PLAIN"})),
        v4.new_markdown_cell("Kept.\n\n**Try it.** Change ME."),
        code("x", shown(CONTEXT)),
        v4.new_markdown_cell("## After\n\nFor readers."),
        code("y", shown(CONTEXT)),
    ]
    inside = render_page(notebook(*cells), "t").partition("</head>")[2]
    for words in ('class="dataframe"', "PLAIN", "Change ME"):
        before = inside[: inside.index(words)]
        assert "</div>" not in before[before.rindex('<div class="analyst">') :], words
    assert (
        '<a href="#after">' not in inside and '<h2 id="after">After</h2>' in inside
    )  # one heading: no contents
    public = render_page(notebook(*cells), "t", edition="public").partition("</head>")[2]
    assert not any(
        words in public
        for words in ("dataframe", "PLAIN", "Change ME", "analyst", "<input", 'class="n"')
    )
    assert "For readers." in public and "Kept." in public and ">Kept.<" in inside
    before = inside[: inside.index("Kept.")]
    assert before.rindex("</div>") > before.rindex('<div class="analyst">')


def test_what_a_notebook_reads_and_writes_and_its_record_are_said_at_the_foot_only(full):
    body, _, foot = full.partition("<footer>")
    for words in ("the ledger.", "findings.json", "04_findings is complete for la-01."):
        assert words in foot and words not in body


def test_the_notice_stands_at_the_top_once(full):
    assert full.count("A made-up authority.") == 1
    assert full.index("A made-up authority.") < full.index("<h1>") < full.index("2010-11")


def test_the_pages_of_a_folder_lead_to_those_that_are_there_and_of_the_consortium_to_the_index(
    full, tmp_path
):
    made = {"01_clean": completed("01_clean"), "02_price": completed("02_price")}
    for name, record in made.items():
        (tmp_path / f"{name}.html").write_text(
            render_page(notebook(code("x", record)), "t"), "utf-8"
        )
    (tmp_path / "04_findings.html").write_text(full, "utf-8")
    assert link_pages(tmp_path) == ["01_clean", "02_price", "04_findings"]
    html = (tmp_path / "04_findings.html").read_text("utf-8")
    links = [attrs["href"] for attrs in Seen(html).all("a") if ".html" in attrs["href"]]
    assert links == ["01_clean.html", "02_price.html"]  # no 03: it was never made
    assert '<span aria-current="page">Findings</span>' in html and PageText(html).is_unaltered
    assert link_pages(tmp_path) == []
    assert "../index.html" in render_page(
        notebook(code("x", completed("10_x", "consortium/larc4"))), "t"
    )


def test_a_pound_not_on_this_page_is_looked_for_on_the_page_of_prices():
    linked = code("x", shown(shown_of_all()["cards"]))
    html = render_page(notebook(linked, code("y", completed())), "t")
    assert '<a href="02_price.html#pounds-oak">' in html
    html = render_page(notebook(linked), "t")
    assert "#pounds-oak" not in html


def test_the_same_notebook_gives_the_same_page(full):
    nb = notebook(code("run", shown(CONTEXT)))
    assert render_page(nb, "t") == render_page(nb, "t")


def test_each_page_says_for_whom_it_is_when_it_was_made_and_how_it_is_marked(full):
    assert (
        '<p class="edition">Internal edition: ' in full
        and '<time datetime="2026-11-30">30 November 2026</time>' in full
    )
    assert (
        '@bottom-left { content: "Exampleshire: Does it pay to help early\\3f , made 30 November 2026"; }'
        in full
    )
    assert "authorities&#39; own staff" in render_page(
        notebook(code("x", completed("10_x", "consortium/larc4"))), "t"
    )
    marked = render_page(notebook(), "t", marking="official-sensitive")
    assert "<strong>OFFICIAL-SENSITIVE</strong> Internal edition" in marked
    public = render_page(notebook(), "t", edition="public", marking="official-sensitive")
    assert '<p class="edition">Public edition: ' in public and "OFFICIAL" not in public


def test_params_mark_an_authoritys_pages_and_a_rounds_bear_the_highest_marking(tmp_path):
    root = write_root(tmp_path, params=params_of(round="r1") + "marking: official-sensitive\n")
    notebook = WORKBOOK / "notebooks/01_clean.ipynb"
    units = {
        "la-01": "official-sensitive",
        "consortium/r1": "official-sensitive",
        "consortium/r2": "",
    }
    for unit, marking in units.items():
        assert audit_trail(root, unit, notebook)["marking"] == marking


def test_a_page_weighs_little(full):
    assert len(full.encode()) < 300_000


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_live_in_any_sink(payload):
    png = {"image/png": 'aGk="onerror="alert(1)', "text/plain": payload}
    html = render_page(
        notebook(
            v4.new_markdown_cell(
                f"## {payload}\n\n{payload}\n\n* {payload}\n\n| a |\n|---|\n| {payload} |"
            ),
            code(
                payload,
                shown(CONTEXT),
                v4.new_output("stream", name="stdout", text=payload),
                v4.new_output("display_data", data={"text/html": payload}),
                v4.new_output(
                    "display_data", data={"text/html": f'<p class="notice">{payload}</p>'}
                ),
                v4.new_output("display_data", data={"text/markdown": payload}),
                v4.new_output("display_data", data={"text/latex": payload, "text/plain": payload}),
                v4.new_output(
                    "display_data",
                    data={"image/svg+xml": payload, "application/javascript": payload},
                ),
                v4.new_output(
                    "display_data",
                    data=png,
                    metadata={"alt": payload, "image/png": {"width": payload}},
                ),
                v4.new_output("error", ename=payload, evalue=payload, traceback=[payload]),
            ),
            code("x", completed(payload, payload)),
            heading=f"# {payload}",
        ),
        payload,
    )
    assert_harmless(html)
    seen = Seen(html)
    assert len(seen.all("main")) == len(seen.all("body")) == len(seen.all("title")) == 1
    assert "49" not in re.sub(r"sha256-[^']*|\d+\.\d+|#[0-9a-f]{3,8}", "", html.split("</head>")[1])


def test_cleaning_keeps_what_our_tables_and_figures_are_made_of():
    thing = (
        shown_of_all()["chart"]._repr_html_().partition("</style>")[2]
    )  # a page has it once, in its own
    assert (
        clean_html(thing) == thing.replace("&#x27;", "'")
        or Seen(clean_html(thing)).elements == Seen(thing).elements
    )


def test_what_was_left_open_is_closed_where_it_stood():
    assert clean_html("<div><p>a") == "<div><p>a</p></div>"
    assert clean_html("a</div></main></body>") == "a"


def test_markdown_shows_html_as_the_text_it_is():
    assert markdown("a <b>b</b>") == "<p>a &lt;b&gt;b&lt;/b&gt;</p>\n"


def test_a_step_that_stopped_says_so_without_its_traceback():
    error = v4.new_output(
        "error", ename="LarcError", evalue="No unit cost.", traceback=["File /home/somebody/x.py"]
    )
    html = render_page(notebook(code("x", error)), "t")
    assert (
        "This step stopped." in html
        and "LarcError: No unit cost." in html
        and "somebody" not in html
    )


@pytest.fixture
def root(tmp_path) -> Root:
    for folder in ("la-01", "la-02", "la-03"):
        (tmp_path / "reports" / folder).mkdir(parents=True)
        (tmp_path / "data" / "processed" / folder).mkdir(parents=True)
    (tmp_path / "params").mkdir()
    for folder in ("la-01", "la-02"):
        for name in ("01_clean", "04_findings"):
            (tmp_path / "reports" / folder / f"{name}.html").write_text("x", "utf-8")
    (tmp_path / "reports" / "la-01" / "results.xlsx").write_text("x", "utf-8")
    found = {"notice": "Made up.", "cases": 4, "costed": 3, "headline": "It <b> pays."}
    found |= {
        "inputs_appraised": 950.2,
        "break_even_share": 0.9,
        "break_even": {"share": 0.456},
        "scenarios": [
            {"set": "larc", "saving_long": 9876.5, "low95": -1, "high95": 1},
            {"set": "public_purse", "saving_long": -1234.5, "low95": -2000.4, "high95": 89.6},
        ],
    }
    none = {"notice": "", "cases": 0, "costed": 0, "saving_long": 0, "headline": "Sent nothing."}
    (tmp_path / "data/processed/la-01/findings.json").write_text(json.dumps(found), "utf-8")
    (tmp_path / "data/processed/la-02/findings.json").write_text(json.dumps(none), "utf-8")
    (tmp_path / "data/processed/la-03/findings.json").write_text("{broken", "utf-8")
    return Root(tmp_path)


def run_record() -> dict:
    pages = {
        "01_clean": {"title": "a", "status": "done"},
        "04_findings": {"title": "b", "status": "done"},
    }
    return {
        "round": "larc4",
        "edition": "internal",
        "larcnb": "0.1",
        "python": "3.11",
        "commit": "abc",
        "units": {
            "la-01": {"name": "Alderwick", "status": "done", "notebooks": pages},
            "la-02": {"name": HOSTILE, "status": "unchanged", "notebooks": pages},
            "la-03": {
                "name": "Carrow",
                "status": "refused",
                "reason": "An <hour> is missing.",
                "todo": "Mend it.",
                "notebooks": pages,
            },
            "consortium/larc4": {"name": "round larc4", "status": "done", "notebooks": {}},
        },
    }


def test_the_index_lists_authorities_with_status_numbers_headline_and_pages(root):
    html = write_index(root, run_record()).read_text("utf-8")
    assert_harmless(html, "search.js")
    header, row = cells_of(html, "Authority"), cells_of(html, "Alderwick")
    assert dict(zip(header, row, strict=True)) == {
        "Authority": "Alderwick",
        "Families": "4",
        "Costed": "3",
        "Spent (£)": "950",
        "Break-even share (%)": "46",
        "Public purse (reference case), net saving (£)": "−1,235",
        "95% uncertainty interval (£)": "−2,000 to 90",
        "LARC4 convention, net saving (£)": "9,877",
    }
    assert '<a href="la-01/04_findings.html">Alderwick</a>' in html and "Up to date" not in html
    assert "</strong> It &lt;b&gt; pays.</li>" in html
    assert 'href="la-01/results.xlsx" aria-label="Alderwick: Results workbook"' in html
    assert "Sent no cases" in html and "Made up." in html
    assert "An &lt;hour&gt; is missing. Mend it." in html and "OFFICIAL" not in html


def cells_of(html: str, name: str) -> list[str]:
    """The words of a row of the index, without those that only a phone shows."""
    row = next(row for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL) if f">{name}<" in row)
    row = re.sub(r'<span class="of".*?</span>', "", row)
    return [
        re.sub("<[^>]*>", "", cell).strip()
        for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
    ]


def test_the_index_shows_no_result_of_one_or_two_costed_cases(root):
    path = root.processed("la-01") / "findings.json"
    found = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(found | {"costed": 2}), "utf-8")
    html = write_index(root, run_record()).read_text("utf-8")
    assert "9,877" not in html and "−1,235" not in html and "It &lt;b&gt; pays." not in html
    assert "2 cases costed: no result is shown" in html


def test_the_index_shows_no_point_outside_its_interval_and_nothing_of_findings_before_scenarios(
    root,
):
    path = root.processed("la-01") / "findings.json"
    found = json.loads(path.read_text("utf-8"))
    found["scenarios"][1]["saving_long"] = 100
    path.write_text(json.dumps(found), "utf-8")
    assert cells_of(write_index(root, run_record()).read_text("utf-8"), "Alderwick")[5:7] == [
        "–",
        "−2,000 to 90",
    ]
    del found["scenarios"]
    path.write_text(json.dumps(found), "utf-8")
    row = cells_of(write_index(root, run_record()).read_text("utf-8"), "Alderwick")
    assert row[1:] == ["4", "3", "950", "46", "–", "–", "–"] and "run it again" in row[0]


def test_the_index_of_a_round_of_evidence_leads_to_it_and_shows_no_empty_columns(root):
    import pandas as pd

    record = {
        **run_record(),
        "round": "larc2",
        "started": "2026-11-30T00:00:00Z",
        "params": {"l2-01": {"marking": "official-sensitive"}},
    }
    record["units"] = {unit: entry | {"round": "larc4"} for unit, entry in record["units"].items()}
    record["units"]["l2-01"] = {
        "name": "Averholt",
        "status": "done",
        "round": "larc2",
        "notebooks": {},
    }
    root.processed("l2-01").mkdir(parents=True)
    pd.DataFrame({"row": [1]}).to_parquet(root.processed("l2-01") / "evidence.parquet")
    page = root.pages("consortium/larc2") / "11_evidence.html"
    page.parent.mkdir(parents=True)
    page.write_text("x", "utf-8")
    html = write_index(root, record).read_text("utf-8")
    assert (
        f'<a href="{page.parent.name}/11_evidence.html" aria-label="Averholt: Sent evidence">'
        in html
    )
    assert "<strong>1</strong> authority sent evidence" in html and cells_of(html, "Authority") == [
        "Authority",
        "What it sent",
    ]
    assert "<strong>OFFICIAL-SENSITIVE</strong>" in html and "30 November 2026" in html


def test_the_index_links_no_page_that_is_not_there(root):
    links = [a["href"] for a in Seen(write_index(root, run_record()).read_text("utf-8")).all("a")]
    assert "la-03/04_findings.html" not in links
    assert all(link.startswith("#") or (root.reports / link).is_file() for link in links)


def test_the_index_counts_who_sent_cases_and_who_did_not(root):
    html = write_index(root, run_record()).read_text("utf-8")
    for words in ("authority sent cases", "authority sent no cases", "return rejected"):
        assert f"<strong>1</strong> {words}" in html


def test_the_index_tells_an_authority_that_is_cleaned_only_from_one_that_sent_nothing(root):
    record = run_record()
    record["units"]["la-04"] = {"name": "Dunfell", "status": "done", "notebooks": {"01_clean": {}}}
    record["units"]["consortium/larc2"] = {"name": "round larc2", "status": "done", "notebooks": {}}
    html = write_index(root, record).read_text("utf-8")
    assert (
        "<strong>1</strong> return read, not costed yet" in html
        and "<strong>1</strong> authority sent no cases" in html
    )
    assert html.count("Return read, not costed yet") == 1
    assert ": round LARC4." in html and '<a href="index-larc2.html">Round LARC2</a>' in html


def test_the_index_of_nothing_is_a_page_too(tmp_path):
    html = write_index(Root(tmp_path), {}).read_text("utf-8")
    assert "No authority has been run yet." in html and len(Seen(html).all("h1")) == 1


def test_the_index_is_written_whole_and_the_same_each_time(root):
    first = write_index(root, run_record()).read_bytes()
    assert write_index(root, run_record()).read_bytes() == first
    assert [path.name for path in root.reports.iterdir() if path.is_file()] == ["index.html"]


def test_the_foot_names_who_answers_for_a_page(tmp_path):
    roles = "roles:\n  analyst: A. <b>Baker</b>\n"
    root = write_root(tmp_path, params=params_of() + roles)
    notebook_file = WORKBOOK / "notebooks/01_clean.ipynb"
    named = audit_trail(root, "la-01", notebook_file)["roles"]
    assert named == {
        "Commissioner": "",
        "Analyst": "A. <b>Baker</b>",
        "Assurer": "",
        "Approver": "",
    }
    foot = render_page(notebook(code("y", completed())), "t", roles=named).partition("<footer>")[2]
    assert "<dt>Analyst</dt><dd>A. &lt;b&gt;Baker&lt;/b&gt;</dd>" in foot
    assert foot.count("<dd>not named</dd>") == 3
    assert not any(audit_trail(root, "consortium/larc4", notebook_file)["roles"].values())
