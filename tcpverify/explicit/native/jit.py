"""From LLVM text to machine code in this process, by llvmlite; the only module that imports it.

Only a few passes are run: on generated straight-line code the standard pipelines cost ten times more and
gain nothing measurable. In the loops of the kernel, rotating them and combining instructions gain a fifth.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

from tcpverify.records import record

FAST, THOROUGH = 0, 2
"""Levels of code generation: compiles quickly; runs quickly."""


PASSES = {
    FAST: ("always_inliner", "sroa", "simplify_cfg"),
    THOROUGH: ("always_inliner", "sroa", "loop_rotate", "instruction_combine", "simplify_cfg"),
}
"""What is run over the text at each level."""


@record
class Machine:
    """Machine code in memory; it stays there as long as this object lives."""

    engine: Any

    def address(self, name: str) -> int:
        """Where a function begins."""
        found = int(self.engine.get_function_address(name))
        if not found:
            raise LookupError(f"the machine code defines no {name}")
        return found

    def function(self, name: str, arguments: int) -> Any:
        """A function of some words that returns a word, callable; it runs without Python's lock."""
        words = [ctypes.c_uint64] * arguments
        found: Any = ctypes.CFUNCTYPE(ctypes.c_uint64, *words)(self.address(name))
        found.machine = self  # the code stays as long as the function does
        return found


def target() -> tuple[str, ...]:
    """What thorough machine code depends on beside its text: versions, platform, CPU, features, passes."""
    import llvmlite
    import llvmlite.binding as llvm

    version = ".".join(map(str, llvm.llvm_version_info))
    return (
        llvmlite.__version__,
        version,
        llvm.get_process_triple(),
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
        " ".join(PASSES[THOROUGH]),
    )


def machine_code(text: str, level: int) -> bytes:
    """The object file of an LLVM module."""
    import llvmlite.binding as llvm

    machine = _target_machine(level)
    module = llvm.parse_assembly(text)
    module.triple = llvm.get_process_triple()
    module.data_layout = str(machine.target_data)
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=level))
    passes = llvm.create_new_module_pass_manager()
    for name in PASSES[level]:
        getattr(passes, f"add_{name}_pass")()
    passes.run(module, builder)
    return bytes(machine.emit_object(module))


def load(code: bytes) -> Machine:
    """An object file, made ready to run."""
    import llvmlite.binding as llvm

    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target_machine(FAST))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Machine(engine)


@lru_cache(maxsize=32)
def assemble(text: str, level: int) -> Machine:
    """An LLVM module, ready to run. Instances that differ only in where they start share it."""
    return load(machine_code(text, level))


def _target_machine(level: int) -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=level,
        jit=True,
    )
