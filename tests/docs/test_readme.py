"""The README shows a real run: its spec, verified, prints what it says."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def blocks(language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", (ROOT / "README.md").read_text())


def timeless(text: str) -> str:
    return re.sub(r"\d+\.\d+ s\b", "T s", text).strip()


def test_readme_shows_a_real_run(tmp_path: Path) -> None:
    (spec,) = blocks("tcpv")
    (shown,) = blocks("text")
    (tmp_path / "two_way.tcpv").write_text(spec)
    run = subprocess.run(
        [sys.executable, "-m", "tcpverify", "verify", "two_way.tcpv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"COLUMNS": "90", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)},
        timeout=180,
    )
    assert run.returncode == 1
    assert timeless(run.stdout) == timeless(shown)
