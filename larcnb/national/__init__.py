"""The findings of a round over all its authorities: frames, sentences, findings.json.

In: a round (:mod:`larcnb.consortium`). Out: :class:`National`, and :func:`results`, what its notebook writes.
"""

from larcnb.national.frames import Frames
from larcnb.national.record import results, to_json
from larcnb.national.words import National

__all__ = ["Frames", "National", "results", "to_json"]
