"""Tables as others write them are manifests: each row is the clip that it names, with its text to the letter."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.batch.clip_spec import ClipSpec, Unreadable
from clipaudio.batch.manifest import count, rows
from clipaudio.errors import ManifestError

TEXTS = st.text(st.sampled_from('a"é,;\t\n 1|'), min_size=1, max_size=8)
LINES = st.text(st.sampled_from("a\"é,; 1'"), min_size=1, max_size=8).filter(str.strip)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


def put(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return str(path)


def texts_of(path):
    found = list(rows(path))
    assert all(isinstance(row, ClipSpec) for row in found), found
    assert [row.id for row in found] == [str(place) for place in range(len(found))]
    return [row.text for row in found]


@given(st.lists(TEXTS, max_size=5), st.sampled_from(",;"), st.sampled_from(["\r\n", "\n"]), st.sampled_from([0, 1]))
def test_csv_of_python_comes_back(folder, texts, delimiter, end, quoting):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([["id", "text"], *([place, text] for place, text in enumerate(texts))])
    assert texts_of(put(folder, "a.csv", stream.getvalue())) == texts


@given(st.lists(LINES, min_size=1, max_size=5), st.sampled_from("\t|"), st.booleans())
def test_lines_of_a_data_set_come_back_with_their_quotes(folder, texts, delimiter, has_crlf):
    ends = "\r\n" if has_crlf else "\n"
    lines = [f"id{delimiter}text", *(f"{place}{delimiter}{text}" for place, text in enumerate(texts))]
    found = texts_of(put(folder, "a.csv" if delimiter == "|" else "a.tsv", ends.join(lines) + ends))
    assert [one for one, text in zip(found, texts, strict=True) if one != text and '""' not in text] == []


@given(st.lists(LINES, min_size=1, max_size=5), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_tsv_of_pandas_comes_back(folder, texts, quoting):
    table = pd.DataFrame({"id": [str(place) for place in range(len(texts))], "text": texts})
    assert texts_of(put(folder, "a.tsv", table.to_csv(sep="\t", index=False, quoting=quoting))) == texts


def test_columns_of_common_voice_and_hugging_face_name_audio_and_text(tmp_path):
    voice = put(tmp_path, "v.tsv", 'client_id\tpath\tsentence\tup_votes\nx\tclips/a.mp3\tHello "you\t2\n')
    (row,) = rows(voice)
    assert (row.id, row.audio, row.text) == ("clips-a", str(tmp_path / "clips/a.mp3"), 'Hello "you')
    assert row.fields == {"client_id": "x", "up_votes": "2"}
    (row,) = rows(put(tmp_path, "m.jsonl", '{"file_name": "a.wav", "transcription": "Hi.", "duration": 1.5}\n'))
    assert (row.id, row.audio, row.text, row.fields) == ("a", str(tmp_path / "a.wav"), "Hi.", {"duration": 1.5})
    (row,) = rows(put(tmp_path, "m.csv", "file_name,duration,path\na.wav,1.5,elsewhere\n"))
    assert (row.audio, row.fields) == (str(tmp_path / "a.wav"), {"duration": 1.5, "path": "elsewhere"})


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_tables_of_spreadsheets_are_read_in_their_encoding(tmp_path, encoding):
    (row,) = rows(put(tmp_path, "a.csv", "ID;Text\r\n7;Käse\r\n", encoding))
    assert (row.id, row.text) == ("7", "Käse")


@pytest.mark.parametrize(
    ("name", "text", "places", "message"),
    [
        ("a.csv", 'id,text\n1,a\n2,b,c\n3,"d"e\n4,f\n', [3, 4], "the row has 3 fields, the first line 2"),
        ("a.tsv", "id\ttext\n1\ta\n2\n4\tf\n", [3], "the row has 1 fields"),
        ("a.csv", 'id,text\n1,a\n4,f\n5,"never closed\n6,g\n', [4], "no CSV (to line 5)"),
    ],
)
def test_rows_that_do_not_fit_are_named_and_the_others_read(tmp_path, name, text, places, message):
    path = put(tmp_path, name, text)
    found = list(rows(path))
    bad = [row for row in found if isinstance(row, Unreadable)]
    assert [row.id for row in found if isinstance(row, ClipSpec)] == ["1", "4"]
    assert [row.where for row in bad] == [f"{path}:{place}" for place in places]
    assert message in bad[0].message


def test_a_row_of_bytes_that_are_no_text_is_named_alone(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,text\n1,a\n" + b"2,b\n" * 3000 + b"3,K\xe4se\n4,c\n")
    found = list(rows(str(path)))
    assert len(found) == 3003
    (bad,) = [row for row in found if isinstance(row, Unreadable)]
    assert str(bad) == f"{path}:3003: the row is no UTF-8; save the table as UTF-8"


def test_a_link_beside_the_audio_of_a_data_set_makes_no_callback(tmp_path):
    table = "id,file_name,transcription,url\n7,a.wav,Hello,https://example.com/v\n8,b.wav,Bye,\n"
    first, second = rows(put(tmp_path, "a.csv", table))
    assert (first.audio, first.text, first.callback) == (str(tmp_path / "a.wav"), "Hello", None)
    assert (second.audio, second.text) == (str(tmp_path / "b.wav"), "Bye")


def test_blanks_behind_commas_are_none_of_the_text_where_the_names_have_them(tmp_path):
    (row,) = rows(put(tmp_path, "a.csv", 'path, sentence\nb.wav, "Hi, you"\n'))
    assert row.text == "Hi, you"


def test_a_name_that_comes_twice_is_refused(tmp_path):
    with pytest.raises(ManifestError, match="the name 'text' twice"):
        list(rows(put(tmp_path, "a.csv", "path,text,Text\na.wav,raw,Normal\n")))


def test_a_table_without_names_is_refused_and_a_tsv_of_times_is_none(tmp_path):
    with pytest.raises(ManifestError, match="write a first line of names"):
        list(rows(put(tmp_path, "a.csv", "LJ001|Printing|Printing\n")))
    path = put(tmp_path, "b.tsv", "start\tend\ttext\n0\t500\tHi.\n")
    (row,) = rows(path)
    assert (row.id, count(path)) == ("b", 1)
    assert count(put(tmp_path, "c.tsv", "id\ttext\n1\tHi.\n")) is None
