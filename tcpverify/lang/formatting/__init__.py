"""Specs formatted: layout and spaces made regular, every token, comment and line of thought kept."""

from tcpverify.lang.formatting.format import formatted

__all__ = ["formatted"]
