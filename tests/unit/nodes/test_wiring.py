"""What the connections of JointSampler and RaxelFromCamera mean."""

import itertools

import pytest

INPUTS = ("source_images", "video", "raxels")


def every_combination():
    return [set(c) for n in range(4) for c in itertools.combinations(INPUTS, n)]


@pytest.mark.parametrize(
    ("connected", "task"),
    [
        ({"video"}, "pose_from_video"),
        ({"source_images", "raxels"}, "video_from_trajectory"),
        ({"source_images"}, "joint"),
    ],
)
def test_auto_reads_the_task_off_the_connections(pack, connected, task):
    assert pack("nodes.wiring").resolve_task("auto", connected) == task


def test_every_other_combination_is_refused_with_the_remedy(pack):
    wiring = pack("nodes.wiring")
    refused = [c for c in every_combination() if c not in [set(n) for n in wiring.NEEDS.values()]]
    assert len(refused) == 5
    for connected in refused:
        with pytest.raises(pack("raxel_core.errors").RaxelError) as error:
            wiring.resolve_task("auto", connected)
        assert "connect video alone" in str(error.value)
        assert all(name in str(error.value).split(" connected")[0] for name in connected)


def test_a_chosen_task_says_exactly_what_to_connect_and_what_to_disconnect(pack):
    wiring = pack("nodes.wiring")
    for task, needs in wiring.NEEDS.items():
        for connected in every_combination():
            if connected == set(needs):
                assert wiring.resolve_task(task, connected) == task
                continue
            with pytest.raises(pack("raxel_core.errors").RaxelError) as error:
                wiring.resolve_task(task, connected)
            remedy = str(error.value).split(": ")[1]
            assert ("disconnect" in remedy) == bool(connected - needs)
            wanted = remedy.split("disconnect")[0]
            assert all(name in wanted for name in needs - connected)


def test_an_unknown_task_is_named_in_the_error(pack):
    with pytest.raises(pack("raxel_core.errors").RaxelError, match="'video'"):
        pack("nodes.wiring").resolve_task("video", {"video"})


def test_raxels_come_from_exactly_one_camera_input(pack):
    chosen = pack("nodes.wiring").chosen_camera
    assert chosen(True, False) is True
    assert chosen(False, True) is True
    assert "disconnect" in chosen(True, True)
    assert "connect trajectory" in chosen(False, False)
