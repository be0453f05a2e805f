"""Whether there is a notebook around us."""

from __future__ import annotations


def in_notebook() -> bool:
    """Whether whoever looks has a page, in which what was shown can change and be pressed."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")
