"""Names and orders, against those of another writer."""

from __future__ import annotations

from clipaudio.lipsync.blendshapes import ARKIT, AZURE, LIVE_LINK, MOUTH, mix_moves


def test_there_are_52_55_and_61_and_the_names_are_those_another_writer_knows(needs):
    other = needs("openfacefx.export_livelink")
    assert (len(ARKIT), len(AZURE), len(LIVE_LINK)) == (52, 55, 61)
    assert sorted(LIVE_LINK) == sorted(other.LIVELINK_COLUMNS)
    assert [name.lower() for name in ARKIT] == [name.lower() for name in other.LIVELINK_COLUMNS[:52]]


def test_azure_counts_its_columns_as_its_documentation_does():
    at = {
        1: "eyeBlinkLeft",
        15: "jawForward",
        16: "jawLeft",
        18: "jawOpen",
        24: "mouthSmileLeft",
        41: "mouthUpperUpRight",
    }
    at |= {44: "browInnerUp", 47: "cheekPuff", 52: "tongueOut", 53: "headRoll", 55: "rightEyeRoll"}
    assert {number: AZURE[number - 1] for number in at} == at


def test_a_recording_has_right_before_left_for_jaw_and_mouth_alone():
    where = LIVE_LINK.index
    assert where("JawRight") + 1 == where("JawLeft")
    assert where("MouthRight") + 1 == where("MouthLeft")
    for pair in ("MouthSmile", "MouthPress", "BrowDown", "NoseSneer"):
        assert where(f"{pair}Left") + 1 == where(f"{pair}Right")
    assert LIVE_LINK[52:55] == ("HeadYaw", "HeadPitch", "HeadRoll")


def test_no_mix_of_moves_exceeds_what_a_shape_can_do():
    for names in (ARKIT, MOUTH):
        mix = mix_moves(names)
        assert mix.min() == 0
        assert mix.max() == 1
