"""`python -m tcpverify`."""

from tcpverify.cli.main import main

main()
