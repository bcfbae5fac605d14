"""From a program to the systems of its instances: typed, bound, handlers as actions."""

from tcpverify.lang.elaborate.instance import Model, Request, elaborate

__all__ = ["Model", "Request", "elaborate"]
