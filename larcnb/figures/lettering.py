"""Many lines of text drawn as one artist; Matplotlib's own are an artist each, and most of a figure's time.

In: lines and where they stand. Out: :class:`Lines`, for SVG whose words are text: each line is anchored where it stands
by its left, its middle or its right, so it need not be measured, and stays there in whatever font a reader has.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from math import isfinite

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform


class Lines(Text):
    """Lines of text alike in all but their words and places.

    Parameters
    ----------
    lines : iterable of (x, y, words) or (x, y, words, drop)
        Where, in the coordinates of ``transform``, and one line of words, as they are: a ``$`` is no mathematics.
        With ``drop``, so many heights of a line lower. What is blank or stands nowhere is left out.
    style
        ``transform``, ``ha``, ``va`` (``top``, ``center`` or ``center_baseline``), the font, ``color``, ``zorder``;
        nothing else of :class:`matplotlib.text.Text` is heeded.
    """

    def __init__(self, lines: Iterable[tuple], va: str = "center", **style) -> None:
        super().__init__(va=va, **style)
        self._lines = list(lines)

    def draw(self, renderer) -> None:
        """Draw all lines; see :class:`matplotlib.artist.Artist`."""
        if not self._lines or not self.get_visible():
            return
        _, height = renderer.get_canvas_width_height()
        size = renderer.points_to_pixels(self.get_fontsize())
        rise, line = _below(self.get_fontproperties(), self.get_verticalalignment())
        anchor = Text(ha=self.get_horizontalalignment(), transform=IdentityTransform())
        gc = renderer.new_gc()
        gc.set_foreground(self.get_color())
        renderer.open_group("text", self.get_gid())
        places = self.get_transform().transform([(x, y) for x, y, *_ in self._lines])
        for (x, y), (_, _, words, *drop) in zip(places, self._lines, strict=True):
            if words and isfinite(x) and isfinite(y):
                anchor.set_position((x, y))
                low = height - y + (rise + sum(drop) * line) * size
                renderer.draw_text(gc, x, low, words, self.get_fontproperties(), 0, mtext=anchor)
        renderer.close_group("text")
        gc.restore()
        self.stale = False


@cache
def _below(font: FontProperties, va: str) -> tuple[float, float]:
    """How far the baseline lies below the place, and the next line's below it, in font sizes."""
    found = get_font(findfont(font))
    head, metrics = found.get_sfnt_table("head"), found.get_sfnt_table("OS/2")
    up, down, gap = (metrics[name] / head["unitsPerEm"] for name in ("sTypoAscender", "sTypoDescender", "sTypoLineGap"))
    return {"top": up, "center": (up + down) / 2, "center_baseline": up / 2}[va], up - down + gap
