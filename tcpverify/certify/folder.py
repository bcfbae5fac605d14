"""The files of a certificate, and what its manifest says.

`invariant.tcpv` holds the conjuncts in our language, the `.smt2` files what solvers have to refute,
`run-N.itf.json` runs of the interpreter. `manifest.json` says which theorem this is, of which network, under
which assumptions, what was not seen in any run, and the digest of every file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from tcpverify import __version__
from tcpverify.certify.network import assumptions, description
from tcpverify.certify.obligations import Claim, obligations
from tcpverify.certify.witnesses import goals, seen, step_files
from tcpverify.ir.interpret import Interpreter
from tcpverify.ir.show import digest
from tcpverify.ir.soup import ever_growing
from tcpverify.ir.system import Property, System
from tcpverify.itf import Origin, itf_text
from tcpverify.records import record
from tcpverify.trace import Trace

FORMAT, CONDITION_FORMAT = "tcpverify certificate 1", "tcpverify condition certificate 1"
MANIFEST, INVARIANT = "manifest.json", "invariant.tcpv"
LEMMA = "invariant"
"""The conjuncts are lemmas of this name and a number."""

NUMBERS, INTEGERS = "numbers", "integers"
"""What a manifest says where sequence numbers are no bit-vectors."""

ITF = ".itf.json"
TRAP, WAYS = "trap.itf.json", "ways.json"
"""Of `always reachable`: the run into a trap, or the ways to the goal (`certify/reach.py`)."""


class Refused(Exception):
    """A certificate that is none; the argument says why."""


@record
class Theorem:
    """Which property of which instance: `spec` is a path in the folder of specs, `params` as a spec writes
    them."""

    spec: str
    scenario: str
    params: Mapping[str, str]
    variants: tuple[str, ...]
    adversaries: tuple[str, ...]
    prop: str

    @property
    def instance(self) -> str:
        """The scenario with what it is run with."""
        settings = [f"{name} = {value}" for name, value in self.params.items()]
        settings += [f"variant {v}" for v in self.variants] + [f"adversary {a}" for a in self.adversaries]
        return f"{self.scenario} with {', '.join(settings)}" if settings else self.scenario

    @property
    def instance_record(self) -> dict[str, Any]:
        """The instance and the property as a manifest has them."""
        return {
            "scenario": self.scenario,
            "params": dict(self.params),
            "variants": list(self.variants),
            "adversaries": list(self.adversaries),
            "property": self.prop,
        }


@record
class Certificate:
    """A theorem with all that its files are made from. `system` is the instance on its own network, with the
    monitor that the property is about; the claim is about the ever-growing one. `reach`: of `always
    reachable` the file with what it rests on besides."""

    theorem: Theorem
    system: System
    claim: Claim
    runs: tuple[Trace, ...]
    reach: tuple[tuple[str, str], ...] = ()

    @property
    def network(self) -> str:
        """The network that it speaks of, in words."""
        return description(self.claim.system, self.traps)

    @property
    def traps(self) -> bool:
        """Whether it shows that the property is violated, by a trap."""
        return TRAP in dict(self.reach)

    @property
    def seen_in(self) -> Claim:
        """The claim about the system that the runs are of: of a trap, where the same steps start as the
        instance does, so that more of them are seen."""
        if not self.traps:
            return self.claim
        start = ever_growing(self.system).initial
        return replace(self.claim, system=replace(self.claim.system, initial=start))


def heading(theorem: Theorem, prop: Property) -> tuple[str, ...]:
    """The lines that every file begins with."""
    return (
        FORMAT,
        f"spec: {theorem.spec}",
        f"instance: {theorem.instance}",
        f"property {prop.name}: {prop.text}",
    )


def invariant_text(
    theorem: Theorem, prop: Property, growing: System, said: Sequence[str], onward: bool = False
) -> str:
    """The conjuncts of an invariant of an ever-growing system, as lemmas; `onward`: of one that begins after
    a run."""
    about = [*heading(theorem, prop), f"network: {description(growing, onward)}"]
    about += [f"assumes: {one}" for one in assumptions(growing)]
    lines = [f"# {' '.join(line.split())}" for line in about]
    lemmas = [f"property {LEMMA}_{i} : lemma {text}" for i, text in enumerate(said, 1)]
    return "\n".join([*lines, "", *lemmas]) + "\n"


def origin(theorem: Theorem, growing: System) -> Origin:
    """Whose runs the runs of a certificate are: of the ever-growing system."""
    of = digest(growing)
    return Origin(theorem.spec, of, theorem.scenario, theorem.params, theorem.variants,
                  theorem.adversaries, theorem.prop)  # fmt: skip


def run_files(certificate: Certificate) -> dict[str, str]:
    """The runs as ITF, and what else is given."""
    of = origin(certificate.theorem, certificate.seen_in.system)
    runs = {
        f"run-{i}{ITF}": itf_text(trace, of, of.file_digest) for i, trace in enumerate(certificate.runs, 1)
    }
    return {**runs, **dict(certificate.reach)}


def solver_files(certificate: Certificate) -> dict[str, str]:
    """Every text that solvers have to refute."""
    steps = step_files(certificate.seen_in, certificate.runs)
    return {o.name: o.text for o in (*obligations(certificate.claim), *steps)}


def manifest(certificate: Certificate, files: Mapping[str, str]) -> dict[str, Any]:
    """What is said of a certificate with these files, all of which follows from it."""
    theorem, prop = certificate.theorem, certificate.claim.prop
    return {
        "format": FORMAT,
        "spec": theorem.spec,
        **theorem.instance_record,
        "says": prop.text,
        **({"shows": "violated"} if certificate.traps else {}),
        **({NUMBERS: INTEGERS} if certificate.claim.integers else {}),
        "network": certificate.network,
        "assumes": list(assumptions(certificate.claim.system)),
        "system": digest(certificate.system),
        "not seen in any run": unseen(certificate),
        "files": {name: digest_of(text) for name, text in sorted(files.items())},
    }


def unseen(certificate: Certificate) -> list[str]:
    """What no run shows."""
    claim = certificate.seen_in
    shown = seen(Interpreter(claim.system), claim.prop, certificate.runs)
    return [g.name for g in goals(claim.system, claim.prop) if g.name not in shown]


def whole(certificate: Certificate, invariant: str, solvers: Mapping[str, str]) -> dict[str, str]:
    """All the files of a certificate; `solvers`: those that have refuted what they had to, with versions."""
    files = {INVARIANT: invariant, **run_files(certificate), **solver_files(certificate)}
    made = {"tcpverify": __version__, "solvers": dict(solvers)}
    document = {**manifest(certificate, files), "made with": made}
    return {**files, MANIFEST: json.dumps(document, indent=1) + "\n"}


def digest_of(text: str) -> str:
    """The SHA-256 of a file's text."""
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


# --- Reading -----------------------------------------------------------------------------------------


def read_manifest(text: str) -> tuple[Theorem, dict[str, Any]]:
    """The theorem of a manifest, and all that it says but for what it was made with.

    Raises:
        Refused: it is no manifest.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(f"{MANIFEST} is not JSON") from None
    if not isinstance(document, dict) or document.get("format") not in (FORMAT, CONDITION_FORMAT):
        raise Refused(f"{MANIFEST} is not that of a {FORMAT} or a {CONDITION_FORMAT}")
    document.pop("made with", None)
    params = document.get("params")
    if not isinstance(params, dict):
        raise Refused(f"{MANIFEST} has no `params`")
    theorem = Theorem(
        _text(document, "spec"), _text(document, "scenario"),
        {str(k): _string(v, "params") for k, v in params.items()},
        _texts(document, "variants"), _texts(document, "adversaries"), _text(document, "property"),
    )  # fmt: skip
    return theorem, document


def _text(document: Mapping[str, Any], key: str) -> str:
    return _string(document.get(key), key)


def _texts(document: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = document.get(key)
    if not isinstance(values, list):
        raise Refused(f"{MANIFEST} has no `{key}`")
    return tuple(_string(v, key) for v in values)


def _string(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise Refused(f"{MANIFEST} has no `{key}`")
    return value


def names_of_runs(names: Iterable[str]) -> list[str]:
    """The files of runs among some, in their order."""
    found = [n for n in names if n.startswith("run-") and n.endswith(ITF)]
    return sorted(found, key=lambda n: (len(n), n))
