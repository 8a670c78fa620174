"""Scripts without spaces: breaks keep clusters, marks and, with dictionaries, words whole."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.scripts import Joint, find_cutter, find_inner_breaks, is_unspaced

THAI = "สวัสดีครับผมชื่อสมชาย"
JAPANESE = "今日は天気がいいので、公園を散歩しました。"
CHINESE = "我们今天去公园散步，天气很好。"
KHMER = "ខ្ញុំចូលចិត្តអានសៀវភៅ"
LAO = "ສະບາຍດີຂ້ອຍຊື່ສົມຊາຍ"
BURMESE = "မြန်မာစာအုပ်ဖတ်တယ်"


def none(language):
    del language


def cut(text, language, **options):
    places = [at for at, _ in find_inner_breaks(text, language, **options)]
    return [text[a:b] for a, b in itertools.pairwise([0, *places, len(text)])]


@given(
    st.text(
        st.sampled_from(THAI + JAPANESE + CHINESE + KHMER + LAO + BURMESE + "a「」()ー👩\u200d\u0301…"), max_size=30
    ),
    st.sampled_from(["ja", "zh", "th", "xx"]),
    st.booleans(),
)
def test_no_break_is_inside_a_cluster_or_leaves_a_mark_alone(text, language, rules):
    places = [at for at, _ in find_inner_breaks(text, language, cutters=none if rules else find_cutter)]
    clusters = {match.start() for match in regex.finditer(r"\X", text)}
    assert set(places) <= clusters - {0}
    assert places == sorted(places)
    for at in places:
        assert text[at] not in "、。」)ー…，"
        assert text[at - 1] not in "「("


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("th", THAI, ["สวัสดี", "ครับ", "ผม", "ชื่อ", "สมชาย"]),
        ("km", KHMER, ["ខ្ញុំ", "ចូលចិត្ត", "អាន", "សៀវភៅ"]),
        ("lo", LAO, ["ສະບາຍດີ", "ຂ້ອຍ", "ຊື່", "ສົມ", "ຊາຍ"]),
        ("my", BURMESE, ["မြန်မာ", "စာအုပ်", "ဖတ်", "တယ်"]),
    ],
)
def test_dictionary_words_stay_whole(needs, language, text, words):
    needs("icu4py.breakers")
    assert find_cutter(language)
    assert cut(text, language) == words
    assert cut(text, "en") == words  # the script tells


def test_japanese_breaks_between_phrases_and_chinese_between_words(needs):
    needs("budoux")
    assert cut(JAPANESE, "ja") == ["今日は", "天気が", "いいので、", "公園を", "散歩しました。"]
    assert cut(CHINESE, "zh") == ["我们", "今天", "去", "公园", "散步，", "天气", "很", "好。"]
    joints = dict(find_inner_breaks("我的书", "zh"))
    assert joints.get(1, Joint.TIGHT) is Joint.TIGHT  # a particle starts no line


def test_without_dictionaries_kinds_of_characters_tell_in_japanese():
    found = dict(find_inner_breaks("公園を散歩しカメラ", "ja", cutters=none))
    assert found[1] is Joint.CLOSE
    assert found[2] is Joint.TIGHT
    assert found[3] is Joint.LOOSE
    assert found[7] is Joint.TIGHT


def test_without_dictionaries_known_words_of_spelled_scripts_stay_whole():
    words = ["สวัสดี", "ครับ", "ผม", "ชื่อ", "สมชาย"]
    starts = {0, *itertools.accumulate(map(len, words[:-1]))}
    assert cut(THAI, "th", known=starts, cutters=none) == words
    assert cut("漢字仮名", "zh", known={0, 2}, cutters=none) == ["漢", "字", "仮", "名"]


def test_without_any_knowledge_syllables_stay_whole():
    parts = cut("เปนไทยจำ", "th", cutters=none)
    assert "เป" in parts
    assert "ไท" in parts
    assert "จำ" in parts
    assert cut("စာအုပ်", "my", cutters=none)[-1].endswith("ပ်")
    assert all(not part.endswith("\u17d2") for part in cut(KHMER, "km", cutters=none))


def test_korean_breaks_at_spaces_only():
    assert cut("大韓民國은漢字", "ko") == ["大韓民國은漢字"]
    assert not is_unspaced("한")


def test_a_zero_width_space_is_a_break_everywhere():
    assert cut("a\u200bb", "en") == ["a\u200b", "b"]
    assert cut("ខ្ញុំ\u200bអាន", "km")[:1] == ["ខ្ញុំ\u200b"]


def test_languages_with_spaces_have_no_dictionaries():
    assert find_cutter("en") is None
    assert find_cutter("ko") is None
    assert find_cutter("xx") is None


def test_without_the_extra_rules_decide_and_nothing_fails():
    program = (
        "import sys; sys.modules['icu4py.breakers'] = sys.modules['budoux'] = None\n"
        "from clipaudio.captions.scripts import find_cutter, find_inner_breaks\n"
        "print([find_cutter(code) for code in ('th', 'ja', 'zh')], len(list(find_inner_breaks('漢字', 'zh'))))"
    )
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout == "[None, None, None] 1\n"


def test_a_lone_surrogate_breaks_nothing(needs):
    needs("icu4py.breakers")
    assert "".join(cut("สวัสดี\ud800ครับ", "th")) == "สวัสดี\ud800ครับ"
