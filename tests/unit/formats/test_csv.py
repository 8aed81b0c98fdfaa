"""CSV: read by numpy, written by spreadsheets, and every sentence about a wrong one."""

import io

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from raxel_core.errors import RaxelError
from raxel_core.formats import csv, write_trajectory
from tests.unit.formats.camera_files import path, reading


def test_numpy_reads_our_csv_by_its_header(tmp_path):
    trajectory = path()
    text = write_trajectory(tmp_path / "p.csv", trajectory).read_text()
    table = np.genfromtxt(io.StringIO(text), delimiter=",", names=True, dtype=None, encoding="utf-8")
    assert table.dtype.names == csv.COLUMNS
    R = Rotation.from_quat(np.stack([table[name] for name in ("qx", "qy", "qz", "qw")], axis=1))
    np.testing.assert_allclose(R.as_matrix(), trajectory.c2w[:, :3, :3], atol=1e-12)
    np.testing.assert_allclose(table["y"], trajectory.c2w[:, 1, 3], atol=0)
    np.testing.assert_array_equal(table["fx"], trajectory.K[:, 0, 0])
    assert set(table["scale"]) == {"metric"} and set(table["fps"]) == {24} and set(table["width"]) == {832}


def test_a_german_spreadsheet_with_few_columns_in_another_order_is_read(tmp_path):
    text = "qw;qx;qy;qz;Z;Y;X;frame\r\n1;0;0;0;1,5;0;0;2\r\n1;0;0;0;0,5;0;0;1\r\n"
    found = reading(tmp_path, text)
    assert found.format.name == "csv"
    np.testing.assert_allclose(found.trajectory.c2w[:, :3, 3], [[0, 0, 0.5], [0, 0, 1.5]])
    assert found.trajectory.hfov_deg[0] == pytest.approx(60)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x,y,z\n0,0,0\n", "has no column qw, qx, qy, qz; it needs"),
        ("x,y,z,qw,qx,qy,qz,x\n0,0,0,1,0,0,0,0\n", "names column x more than once"),
        ("x,y,z,qw,qx,qy,qz\n", "no camera follows the header"),
        ("x,y,z,qw,qx,qy,qz\n0,0,0,1,0,0\n", "line 2 has 6 columns, the header 7"),
        ("x,y,z,qw,qx,qy,qz\n0,0,a,1,0,0,0\n", "line 2 holds something that is not a number: 'a'"),
        ("x,y,z,qw,qx,qy,qz\n0,,0,1,0,0,0\n1,1,0,1,0,0,0\n", "column y is empty at camera 0"),
        ("x,y,z,qw,qx,qy,qz\n0,,0,1,0,0,0\n", "column y is empty"),
        ("x,y,z,qw,qx,qy,qz,fps\n0,0,0,1,0,0,0,5\n0,0,0,1,0,0,0,6\n", "fps must be the same in all lines"),
        ("x,y,z,qw,qx,qy,qz,width,height\n0,0,0,1,0,0,0,5.5,5\n", "must be whole pixels, got 5.5x5"),
        ("x,y,z,qw,qx,qy,qz,width,height\n0,0,0,1,0,0,0,99999,5\n", "within 1 and 32768 pixels"),
        ("x,y,z,qw,qx,qy,qz,scale\n0,0,0,1,0,0,0,inch\n", "scale must be"),
        ("x,y,z,qw,qx,qy,qz,fx\n0,0,0,1,0,0,0,-1\n", "focal lengths must be positive"),
        ("x,y,z,qw,qx,qy,qz\n0,0,0,1,1,0,0\n", "quaternion has length 1.41421, not 1"),
    ],
)
def test_a_wrong_csv_gets_one_sentence(tmp_path, text, sentence):
    with pytest.raises(RaxelError, match=sentence) as caught:
        reading(tmp_path, text, "wrong.csv")
    assert len(str(caught.value)) < 250 and "\n" not in str(caught.value)


HEADER = "Frame;X;Y;Z;QW;QX;QY;QZ"
ROWS = "1;0,5;0;0;1;0;0;0{0}\r\n2;1,5;0;0;1;0;0;0{0}\r\n"


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "\r\n" + ROWS.format("") + ";;;;;;;\r\n;;;;;;;\r\n",
        HEADER + ";;;\r\n" + ROWS.format(";;;") + ";;;;;;;;;;\r\n",
        "sep=;\r\n" + HEADER + "\r\n" + ROWS.format(""),
        '"sep=;"\r\n' + HEADER + "\r\n" + ROWS.format(""),
        HEADER + "\r\n" + ROWS.format(";;"),
    ],
    ids=["lines of separators", "columns of separators", "sep", "quoted sep", "cells at the end"],
)
@pytest.mark.parametrize("name", ["excel.csv", "excel.txt"])
def test_what_spreadsheets_add_around_a_table_is_passed_over(tmp_path, text, name):
    found = reading(tmp_path, "\ufeff" + text, name)
    assert found.format.name == "csv"
    np.testing.assert_array_equal(found.trajectory.c2w[:, 0, 3], [0.5, 1.5])
    assert not any("other column" in note for note in found.notes)


def test_quoted_cells_may_hold_separators_and_quotes(tmp_path):
    note = ';"take 1; ""the good one"""'
    found = reading(tmp_path, HEADER + ";Notes\r\n" + ROWS.format(note), "a.csv")
    np.testing.assert_array_equal(found.trajectory.c2w[:, 0, 3], [0.5, 1.5])
    assert "one other column is not read, 'notes'" in found.notes
    found = reading(tmp_path, "a,x,y,z,qw,qx,qy,qz,b\n" + '"1,2","0.5",0,0,1,0,0,0,"3,4"\n', "b.csv")
    assert found.trajectory.c2w[0, 0, 3] == 0.5
    assert "2 other columns are not read, the first is 'a'" in found.notes


@pytest.mark.parametrize("where", ["cell", "header"])
def test_control_characters_are_not_echoed(tmp_path, where):
    evil = "\x1b[31mred\x07" + "a" * 500
    names, cells = ("scale", evil) if where == "cell" else (evil, "1")
    text = f"x,y,z,qw,qx,qy,qz,{names}\n0,0,0,1,0,0,0,{cells}\n"
    if where == "header":
        words = " ".join(reading(tmp_path, text, "a.csv").notes)
    else:
        with pytest.raises(RaxelError, match="line 2: scale must be metric or relative, got") as caught:
            reading(tmp_path, text, "a.csv")
        words = str(caught.value)
    assert words.isprintable() and "\\x1b[31m" in words and len(words) < 250
