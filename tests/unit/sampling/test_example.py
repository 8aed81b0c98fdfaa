"""The example of the sampling page, as a reader would run it."""

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_example_of_the_page_runs_and_gives_what_it_says(tmp_path, monkeypatch):
    page = (ROOT / "docs" / "sampling.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len(code) == 1
    (tmp_path / "example.py").write_text(code[0], encoding="utf-8")
    monkeypatch.chdir(ROOT)
    names = runpy.run_path(str(tmp_path / "example.py"))
    assert names["shot"].rays_known and len(names["shot"].images) == names["info"].frames
    assert names["cameras"].trajectory.num_frames == len(names["cameras"].confidence) == names["info"].frames
