"""The findings of a round over all its authorities: frames, sentences, findings.json.

In: a round (:mod:`larcnb.consortium`). Out: :class:`National`; :func:`results`, what its notebook writes; and
:func:`neighbours`, among whom one authority stands.
"""

from larcnb.national.frames import Frames
from larcnb.national.record import results, to_json
from larcnb.national.standing import Neighbours, neighbours
from larcnb.national.words import National

__all__ = ["Frames", "National", "Neighbours", "neighbours", "results", "to_json"]
