"""The templates that are not a notebook's: the indexes.

In: plain values. Out: HTML, with everything escaped and the style inside.
"""

from __future__ import annotations

from typing import Any

from larcnb.publish.page import template_values
from larcnb.publish.script import HERE


def render(template: str, **values: Any) -> str:
    """Render a template of this folder; a value that it lacks is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template(template).render(resources=template_values(), **values) + "\n"
