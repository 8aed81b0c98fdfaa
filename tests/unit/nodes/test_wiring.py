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


@pytest.mark.parametrize("given", [False, True])
def test_a_chosen_task_says_exactly_what_to_connect_and_what_to_disconnect(pack, given):
    wiring = pack("nodes.wiring")
    for task, needs in (wiring.NEEDS_WITH_GIVEN if given else wiring.NEEDS).items():
        for connected in every_combination():
            if connected == set(needs):
                assert wiring.resolve_task(task, connected, given) == task
                continue
            with pytest.raises(pack("raxel_core.errors").RaxelError) as error:
                wiring.resolve_task(task, connected, given)
            remedy = str(error.value).split(": ")[1]
            assert ("disconnect" in remedy) == bool(connected - needs)
            wanted = remedy.split("disconnect")[0]
            assert all(name in wanted for name in needs - connected)


@pytest.mark.parametrize(
    ("connected", "task"),
    [({"video", "raxels"}, "pose_from_video"), ({"source_images", "raxels"}, "video_from_trajectory")],
)
def test_auto_knows_paths_of_which_some_cameras_are_given(pack, connected, task):
    assert pack("nodes.wiring").resolve_task("auto", connected, given_frames=True) == task


def test_given_frames_without_a_path_to_name_frames_of_are_refused_with_the_remedy(pack):
    wiring, fitting = pack("nodes.wiring"), [{"video", "raxels"}, {"source_images", "raxels"}]
    for connected in [c for c in every_combination() if c not in fitting]:
        with pytest.raises(pack("raxel_core.errors").RaxelError, match="or leave given_frames empty"):
            wiring.resolve_task("auto", connected, given_frames=True)
    for task in ("joint", "poses_of_stills", "stills_from_cameras"):
        with pytest.raises(pack("raxel_core.errors").RaxelError, match="leave it empty"):
            wiring.resolve_task(task, set(wiring.NEEDS[task]), given_frames=True)


def test_a_clip_with_a_path_and_no_word_on_it_asks_for_given_frames(pack):
    with pytest.raises(pack("raxel_core.errors").RaxelError, match="say in given_frames which cameras"):
        pack("nodes.wiring").resolve_task("auto", {"video", "raxels"})


def test_frames_come_out_as_numbers_and_empty_ones_as_no_wish(pack):
    wanted = pack("nodes.wiring").wanted_frames
    assert wanted("joint", "0, 16", "") == ((0, 16), None)
    assert wanted("video_from_trajectory", " ", "0-2") == (None, (0, 1, 2))


@pytest.mark.parametrize("task", ["pose_from_video", "poses_of_stills"])
def test_a_task_without_places_for_stills_refuses_source_frames(pack, task):
    with pytest.raises(pack("raxel_core.errors").RaxelError, match=f"^source_frames .* {task} "):
        pack("nodes.wiring").wanted_frames(task, "0, 8", "")


def test_an_unknown_task_is_named_in_the_error(pack):
    with pytest.raises(pack("raxel_core.errors").RaxelError, match="'video'"):
        pack("nodes.wiring").resolve_task("video", {"video"})


def test_raxels_come_from_exactly_one_camera_input(pack):
    chosen = pack("nodes.wiring").chosen_camera
    assert chosen(True, False) is True
    assert chosen(False, True) is True
    assert "disconnect" in chosen(True, True)
    assert "connect trajectory" in chosen(False, False)
