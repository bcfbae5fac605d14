"""Load, check, save: the calls that users need. Only here, and in `cli`, are files read and written."""

from tcpverify.pipeline.check import Request, verify
from tcpverify.pipeline.load import Spec, load, load_text

__all__ = ["Request", "Spec", "load", "load_text", "verify"]
