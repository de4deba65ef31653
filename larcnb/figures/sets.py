"""The names of scenarios on pages that compare them."""

from larcnb import codes

PRESETS = codes.PRESET | {"own": "The authority's own"}
