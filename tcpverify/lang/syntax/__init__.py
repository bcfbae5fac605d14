"""The surface tree: what a `.tcpv` file says, with places, before any name has a meaning.

Every node carries its span, which takes no part in comparison: two texts that differ only in
layout and comments parse to equal trees. `docs/language.md` explains the constructs.
"""

from tcpverify.lang.syntax.base import *
from tcpverify.lang.syntax.checks import *
from tcpverify.lang.syntax.expressions import *
from tcpverify.lang.syntax.files import *
from tcpverify.lang.syntax.monitors import *
from tcpverify.lang.syntax.networks import *
from tcpverify.lang.syntax.roles import *
from tcpverify.lang.syntax.statements import *
