"""A file or folder appears whole or not at all."""

import pytest

from raxel_core.errors import RaxelError
from raxel_core.media import replacing, staging


def test_a_failure_keeps_the_old_file_and_leaves_no_other(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_failed_run_leaves_no_folder(tmp_path):
    with pytest.raises(KeyboardInterrupt), staging(tmp_path / "deep" / "out") as folder:
        (folder / "a.txt").write_text("half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_finished_run_keeps_the_users_other_files(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with staging(tmp_path) as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "a.txt").write_text("new")
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")} == {
        "mine.txt",
        "sub",
        "sub/a.txt",
    }


def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RaxelError, match="not a folder"), staging(tmp_path / "file"):
        pytest.fail("the work began")
