"""Load, check, save: the calls that users need. Only here, and in `cli`, are files read and written."""

from typing import TYPE_CHECKING

from tcpverify.pipeline.load import Spec, load, load_text

if TYPE_CHECKING:
    from tcpverify.pipeline.check import verify
    from tcpverify.pipeline.plan import Request

__all__ = ["Request", "Spec", "load", "load_text", "verify"]


def __getattr__(name: str) -> object:
    """What brings the engines along, imported when it is first asked for."""
    if name in __all__:
        from tcpverify.pipeline import check

        return getattr(check, name)
    raise AttributeError(f"module 'tcpverify.pipeline' has no attribute {name!r}")
