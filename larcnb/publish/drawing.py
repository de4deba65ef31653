"""Whether a drawing may stand on a page: SVG in which nothing runs, loads or leads anywhere.

In: a ``data:`` address. Out: yes or no. A browser runs nothing in an ``<img>``; but a reader may open the picture
by itself, and there it would.
"""

from __future__ import annotations

import base64
import binascii
import re
from xml.etree import ElementTree

SVG = "data:image/svg+xml;base64,"
SPACE = "{http://www.w3.org/2000/svg}"
TAGS = {
    SPACE + tag
    for tag in ("clipPath", "defs", "g", "path", "pattern", "rect", "style", "svg", "text", "use")
}
LINK = "{http://www.w3.org/1999/xlink}href"
ATTRIBUTES = {
    LINK,
    "clip-path",
    "d",
    "fill",
    "height",
    "id",
    "patternUnits",
    "style",
    "transform",
    "type",
    "version",
    "viewBox",
    "width",
    "x",
    "y",
}
OUTSIDE = re.compile(r"url\((?!#)|@|\\|image", re.IGNORECASE)


def harmless_drawing(address: str) -> bool:
    """Whether an address is a drawing of known parts that refer to nothing but each other.

    Examples
    --------
    >>> def of(inside):
    ...     svg = f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'
    ...     return SVG + base64.b64encode(svg.encode()).decode()
    >>> harmless_drawing(of('<g><path d="M 0 0"/></g>'))
    True
    >>> [harmless_drawing(of(bad)) for bad in ("<script/>", '<g onload="x()"/>', '<style>@import "x"</style>', "<g>")]
    [False, False, False, False]
    """
    try:
        svg = base64.b64decode(address.removeprefix(SVG), validate=True).decode("utf-8")
        if not address.startswith(SVG) or "<!" in svg or "<?" in svg:
            return False
        parts = list(ElementTree.fromstring(svg).iter())
    except (binascii.Error, UnicodeDecodeError, ElementTree.ParseError):
        return False
    return all(
        part.tag in TAGS
        and part.attrib.keys() <= ATTRIBUTES
        and part.get(LINK, "#").startswith("#")
        and not any(OUTSIDE.search(value) for value in part.attrib.values())
        and not (part.tag == f"{SPACE}style" and OUTSIDE.search(part.text or ""))
        for part in parts
    )
