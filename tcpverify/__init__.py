"""Model checking and protocol verification for connection protocols."""

__version__ = "0.1.0"
