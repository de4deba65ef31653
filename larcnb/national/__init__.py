"""The findings of a round over all its authorities: frames, sentences, findings.json.

In: a round (:mod:`larcnb.consortium`). Out: :class:`National`; :func:`results`, what its notebook writes; and
:func:`standing`, where one authority stands among the others.
"""

from larcnb.national.frames import Frames
from larcnb.national.record import results, to_json
from larcnb.national.standing import standing
from larcnb.national.words import National

__all__ = ["Frames", "National", "results", "standing", "to_json"]
