"""Many lines of text drawn as one artist; Matplotlib's own are an artist each, and most of a figure's time.

In: lines and where they stand. Out: :class:`Lines`, for the SVG backend only: each line is anchored where it stands by
its left, its middle or its right, so it need not be measured, and stays there in whatever font a reader has.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import isfinite

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform


class Lines(Text):
    """Lines of text alike in all but their words and places.

    Parameters
    ----------
    at : sequence of (x, y)
        In the coordinates of ``transform``, given with ``style``.
    lines : sequence of str
        One line each, as it is: a ``$`` is no mathematics.
    drops : sequence of float, optional
        How far below ``at`` the line stands, in heights of a line.
    style
        Of :class:`matplotlib.text.Text`; ``va`` is ``top``, ``center`` or ``center_baseline``.
    """

    def __init__(self, at: Sequence[tuple[float, float]], lines: Sequence[str], drops: Sequence[float] = (),
                 **style) -> None:  # fmt: skip
        super().__init__(**style)
        self._at, self._lines = list(at), list(lines)
        self._drops = list(drops) or [0.0] * len(self._lines)

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
        for (x, y), text, drop in zip(self.get_transform().transform(self._at), self._lines, self._drops, strict=True):
            if isfinite(x) and isfinite(y):
                anchor.set_position((x, y))
                low = height - y + (rise + drop * line) * size
                renderer.draw_text(gc, x, low, text, self.get_fontproperties(), 0, mtext=anchor)
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
