"""Where the workbook's files lie: the root a run works on, and the workbook itself.

In: a folder, or the current one. Out: :class:`Root`, which answers every "where is" question, so
that no other module joins paths by hand. A root is any folder holding ``data/`` and ``params/``.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from larcnb.codes import DEFAULT_ROUND
from larcnb.errors import LarcError

WORKBOOK = Path(__file__).resolve().parent.parent
SLUG = re.compile(r"[a-z][a-z0-9-]{1,40}")
KEPT = re.compile(r"national|presets|public|con(sortium.*)?|index|manifest|prn|aux|nul|com\d|lpt\d")
"""Names that files of the workbook have beside an authority's, or that Windows keeps for itself."""
ANYWHERE = "ROOT"
"""What stands for a folder that is not told."""
PLAIN = re.compile(r"[\w./:+-]+")
"""What every shell takes as one word."""


@dataclass(frozen=True)
class Root:
    """A folder that holds returns and params; what it lacks is taken from the workbook's own.

    ``place`` is the folder as what is said names it, and ``option`` what a command needs after it to work there: in the
    words of who named it, but ``ROOT`` for a whole path (a log that others read tells nobody's folders).
    """

    path: Path
    place: str = field(default="", compare=False)
    option: str = field(default="", compare=False)

    def said(self, path: str) -> str:
        """A path below the root as whoever named the root would write it.

        Examples
        --------
        >>> Root(Path()).said("reports/index.html"), Root(Path(), "try").said("reports/index.html")
        ('reports/index.html', 'try/reports/index.html')
        """
        return (Path(self.place) / path).as_posix()

    def typed(self, step: str) -> str:
        """A next step as it is to be typed, if it is a command.

        Examples
        --------
        >>> Root(Path(), "try", " --root try").typed("larcnb check la-01")
        'larcnb check la-01 --root try'
        """
        return step + self.option if step.startswith("larcnb ") else step

    @property
    def params(self) -> Path:
        """``params/``, one YAML file an authority."""
        return self.path / "params"

    @property
    def presets(self) -> Path:
        """``params/presets/`` of this root, or the workbook's own."""
        return self._in_force("params/presets")

    def national(self, file: str) -> Path:
        """A national table of this root, or the workbook's own."""
        return self._in_force(f"data/raw/national/{file}")

    def _in_force(self, name: str) -> Path:
        own = self.path / name
        return own if own.exists() else WORKBOOK / name

    def raw(self, authority: str) -> Path:
        """The folder of an authority's return."""
        return self.path / "data" / "raw" / authority

    def processed(self, job: str) -> Path:
        """The folder of the results of an authority, of ``consortium/<round>``, or of ``public/<round>``.

        While a batch runs it (``LARCNB_UNIT``), its results go to the batch's staging folder (``LARCNB_STAGE``)
        and are moved here when all of them are good.
        """
        if job == os.environ.get("LARCNB_UNIT") and os.environ.get("LARCNB_STAGE"):
            return Path(os.environ["LARCNB_STAGE"]) / "processed"
        return self.path / "data" / "processed" / job

    @property
    def reports(self) -> Path:
        """``reports/``: notebooks and pages; made by runs, never committed."""
        return self.path / "reports"

    def pages(self, job: str) -> Path:
        """The folder of the pages of an authority, or of ``consortium/<round>``: each round has its own."""
        return self.reports / job.removesuffix(f"/{DEFAULT_ROUND}").replace("/", "-")

    def notice(self, slug: str) -> str:
        """The first line of an authority's ``NOTICE.md``, however an editor saved it; empty where there is none."""
        path = self.raw(slug) / "NOTICE.md"
        text = path.read_text("utf-8-sig", "replace") if path.is_file() else ""
        return text.strip().partition("\n")[0].lstrip("# ")

    @property
    def notebooks(self) -> Path:
        """The workbook's notebooks; always the workbook's own."""
        return WORKBOOK / "notebooks"


def find_root(start: str | Path | None = None) -> Root:
    """Find the root: ``start`` if given, else ``LARCNB_ROOT``, else the first folder upward that is one.

    Raises
    ------
    LarcError
        The folder given, or every folder from here upward, lacks ``data/`` or ``params/``; exit code 2.
    """
    if named := start or os.environ.get("LARCNB_ROOT"):
        given = Path(os.path.expanduser(named))  # noqa: PTH111
        # pathlib's own fail at unknown users and circles of links
        root = Path(os.path.realpath(given))
        if not _is_root(root):
            lacks = "The folder given as root holds no data/ and params/."
            raise LarcError(f"{lacks} Give the folder above them.")
        if not start:
            return Root(root, "" if root == Path.cwd().resolve() else ANYWHERE)
        place = ANYWHERE if given.anchor else given.as_posix()
        word = place if PLAIN.fullmatch(place) else f'"{place}"'
        return Root(root, place, f" --root {word}")
    here = Path.cwd().resolve()
    for up, folder in enumerate((here, *here.parents)):
        if _is_root(folder):
            return Root(folder, "/".join([".."] * up))
    none = "No folder with data/ and params/ from here upward."
    raise LarcError(f"{none} Change to the workbook, or give --root.")


def _is_root(folder: Path) -> bool:
    return (folder / "data").is_dir() and (folder / "params").is_dir()


def check_slug(slug: str) -> str:
    """Return ``slug`` if it may name an authority.

    Raises
    ------
    LarcError
        It is not 2 to 41 lower-case letters, digits and hyphens, or names something else; exit code 2.
    """
    if KEPT.fullmatch(slug) or not SLUG.fullmatch(slug):
        rule = "An authority's slug is 2 to 41 lower-case letters, digits and hyphens, begins with a letter"
        raise LarcError(f"{rule} and is no name of the workbook or Windows, as public or con.")
    return slug
