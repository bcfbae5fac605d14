"""`python -m tcpverify`."""

from tcpverify.cli.process import run

run()
