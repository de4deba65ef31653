"""Running one notebook with papermill, and believing it only when everything says it is good.

In: a notebook, its parameter, the way kernels are started. Out: the executed notebook cleaned for keeping,
or a :class:`NotebookFailed` whose words are safe to show. ``plain`` starts kernels as papermill does; the
other engines start the same kernels faster (:mod:`larcnb.engine.provisioner`, :mod:`larcnb.engine.warm`).
"""

from larcnb.engine.notebook import Notebook, find_notebooks, select_notebooks

ENGINES = ("auto", "fork", "warm", "plain")

__all__ = ["ENGINES", "Notebook", "find_notebooks", "select_notebooks"]
