"""Both sides of a disagreement between engines, as files: all that whoever looks for the fault needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tcpverify import __version__
from tcpverify.engines import Disagreement
from tcpverify.ir.show import digest, show
from tcpverify.ir.system import System
from tcpverify.itf import Origin, itf_text
from tcpverify.lang.checks import Instance
from tcpverify.pipeline.load import Spec
from tcpverify.pipeline.save import slug
from tcpverify.pipeline.traces import ITF, file_digest, shown_params
from tcpverify.verdict import Verdict, evidence, trace_of, word

FOLDER = "disagreement"
"""In the folder of a report."""


def in_words(found: Disagreement) -> str:
    """What each engine says of what they disagree on."""
    sides = [
        f"{d.prop} (explicit: {word(d.explicit)}, {evidence(d.explicit)}; "
        f"smt: {word(d.smt)}, {evidence(d.smt)})"
        for d in found.differences
    ]
    return f"the engines disagree on {' and on '.join(sides)}"


def both_sides(spec: Spec, instance: Instance, system: System, found: Disagreement) -> dict[str, str]:
    """Names and texts: the verdicts of both engines with the instance, its system, and each trace as ITF."""
    values = [f"{name}-{value}" for name, value in instance.labels]
    stem = slug(Path(spec.name).stem, instance.check.name.text, *values)
    request = instance.request
    params = shown_params(spec, dict(request.params))
    origin = Origin(spec.name, file_digest(spec), request.scenario, params, request.variants,
                    request.adversaries)  # fmt: skip
    files = {f"{stem}.system.txt": show(system)}
    said: dict[str, Any] = {}
    for engine, decision in (("explicit", found.explicit), ("smt", found.smt)):
        said[engine] = {}
        for prop, verdict in decision.verdicts.items():
            trace, name = trace_of(verdict), f"{stem}-{slug(prop)}.{engine}.{ITF}"
            if trace is not None:
                files[name] = itf_text(trace, origin)
            said[engine][prop] = _side(verdict, None if trace is None else name)
    document = {
        "version": __version__,
        "file": spec.name,
        "file_digest": origin.file_digest,
        "check": instance.check.name.text,
        "scenario": request.scenario,
        "params": params,
        "variants": list(request.variants),
        "adversaries": list(request.adversaries),
        "system_digest": digest(system),
        "disagree_on": [d.prop for d in found.differences],
        "verdicts": said,
    }
    return {f"{stem}.json": json.dumps(document, indent=1) + "\n", **files}


def _side(verdict: Verdict, trace: str | None) -> dict[str, str | None]:
    return {"verdict": word(verdict), "evidence": evidence(verdict), "trace": trace}
