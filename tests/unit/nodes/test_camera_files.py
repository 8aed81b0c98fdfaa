"""The menu of camera files in the host's input folder, and names that must not lead out of it. The host is a folder here."""

import sys
from types import ModuleType

import pytest


@pytest.fixture
def folders(pack, monkeypatch, tmp_path):
    """nodes/folders.py beside a host whose input folder is tmp_path/input; a secret lies beside it."""
    (tmp_path / "input").mkdir()
    (tmp_path / "secret.json").write_text("{}")
    host = ModuleType("folder_paths")
    host.get_input_directory = lambda: str(tmp_path / "input")
    monkeypatch.setitem(sys.modules, "folder_paths", host)
    monkeypatch.delitem(sys.modules, "raxel_pack.nodes.folders", raising=False)
    yield pack("nodes.folders")
    sys.modules.pop("raxel_pack.nodes.folders", None)


def lay(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_the_menu_lists_camera_files_in_folders_too_and_a_model_as_one(folders, tmp_path):
    lay(
        tmp_path / "input",
        "b.json", "A.CHAN", "still.png", "clip.mp4", ".hidden.json", "raxel/shot.usda", "deep/er/walk.tum", ".git/config.json",
        "scene/sparse/0/cameras.bin", "scene/sparse/0/images.bin", "scene/sparse/0/points3D.bin", "scene/images/0001.png",
        "text/cameras.txt", "text/images.txt",
    )  # fmt: skip
    assert folders.camera_files() == [
        "A.CHAN", "b.json", "deep/er/walk.tum", "raxel/shot.usda", "scene/sparse/0", "text",
    ]  # fmt: skip


def test_every_entry_of_the_menu_is_a_name_that_is_found(folders, tmp_path):
    lay(tmp_path / "input", "a b/ü.json", "model/cameras.txt", "model/images.txt", "50%.csv")
    for name in folders.camera_files():
        assert folders.input_path(name).exists()
    assert folders.input_path("a b\\ü.json").is_file()


def test_links_that_lead_out_are_neither_offered_nor_followed(folders, tmp_path):
    root = tmp_path / "input"
    lay(root, "real/inside.json")
    (root / "out.json").symlink_to(tmp_path / "secret.json")
    (root / "in.json").symlink_to(root / "real/inside.json")
    (root / "folder").symlink_to(tmp_path)
    (root / "loop.json").symlink_to(root / "loop.json")
    assert folders.camera_files() == ["in.json", "real/inside.json"]
    assert folders.input_path("in.json").is_file()
    for name in ("out.json", "folder/secret.json", "folder"):
        with pytest.raises(Exception, match=r"is a link that leads out of ComfyUI's input folder") as caught:
            folders.input_path(name)
        assert type(caught.value).__name__ == "RaxelError"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/etc/passwd", "leads out of"),
        ("../secret.json", "leads out of"),
        ("a/../../secret.json", "leads out of"),
        ("..\\secret.json", "leads out of"),
        ("\\\\server\\share\\x.json", "leads out of"),
        ("C:\\secret.json", "leads out of"),
        ("C:secret.json", "leads out of"),
        ("file.json\0.png", "leads out of"),
        ("gone.json", "there is no 'gone.json' in ComfyUI's input folder"),
        ("", "there is no ''"),
        (".", "there is no '.'"),
        ("x" * 5000 + ".json", "there is no 'xxx"),
        ("\ud800.json", "there is no"),
        ("loop.json", "there is no 'loop.json'"),
    ],
)
def test_a_name_that_leads_out_or_nowhere_is_refused_in_one_sentence(folders, tmp_path, name, words):
    (tmp_path / "input" / "loop.json").symlink_to(tmp_path / "input" / "loop.json")
    with pytest.raises(Exception, match=words) as caught:
        folders.input_path(name)
    assert type(caught.value).__name__ == "RaxelError"
    assert len(str(caught.value)) < 250 and "\n" not in str(caught.value)


def test_an_input_folder_that_is_itself_a_link_is_fine(folders, tmp_path, monkeypatch):
    lay(tmp_path / "input", "a.json")
    (tmp_path / "link").symlink_to(tmp_path / "input")
    monkeypatch.setattr(folders.folder_paths, "get_input_directory", lambda: str(tmp_path / "link"))
    assert folders.camera_files() == ["a.json"]
    assert folders.input_path("a.json").is_file()


def test_the_menu_stops_growing_in_a_folder_full_of_files(folders, tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "MOST_CAMERA_FILES", 20)
    lay(tmp_path / "input", *(f"{i % 5}/{i}.json" for i in range(50)))
    assert len(folders.camera_files()) == 20
