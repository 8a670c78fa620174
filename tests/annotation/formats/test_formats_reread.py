"""EAF, EMU, CTM and Audacity's labels of real and hostile clips, read again by their own rules.

The rules of EAF restate EAFv3.0.xsd, those of EMU annotationFileSchema.json and what emuR asks of a level.
"""

from __future__ import annotations

import itertools
import json
import re
import xml.etree.ElementTree as ET

import pytest

import clipaudio

HOSTILE = [
    "a",
    " ",
    '"',
    "]]>",
    "<b&c>",
    ",",
    "t͡s",
    "\x00",
    "\ufffe",
    "\ud800",
    "{}",
    "%s\\",
    "-->",
    ";;",
    "é",
    "😀",
]
STAMPS = {
    "graph_chars": HOSTILE,
    "graph_times": [[row / 8, (row + 1) / 8] for row in range(len(HOSTILE))],
    "phon_chars": HOSTILE,
    "phon_times": [[row / 8, (row + 1) / 8] for row in range(len(HOSTILE))],
}
OTHERS = {
    "hostile": {"id": 'a"<b> &', "audio_timestamps": STAMPS},
    "short": {
        "id": "a",
        "audio_timestamps": {
            "graph_chars": list("a bc"),
            "graph_times": [[row / 1e3, (row + 1) / 1e3] for row in range(4)],
        },
    },
}
NAMES = (
    "go_stream_wav_decoded.json",
    "sts_doc_arpabet_elided.json",
    "synthesize_hello_from_resemble.json",
    "v1_doc_this_is_a_test_PARTIAL.json",
    "v2_callback_doc_elided.json",
    "v2_doc_hey_there.json",
    "ws_frame_doc.json",
    *OTHERS,
)

# element: its attributes with what their values look like ("!": required), and its children in their order
ID, TEXT, YES = r"[A-Za-z_][\w.\-]*", r"[\s\S]*", r"true|false"
EAF = {
    "ANNOTATION_DOCUMENT": (
        {
            "!AUTHOR": TEXT,
            "!DATE": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)?",
            "!VERSION": TEXT,
            "FORMAT": r"3\.0",
            "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation": TEXT,
        },
        ("HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LOCALE", "CONSTRAINT"),
    ),
    "HEADER": ({"MEDIA_FILE": TEXT, "TIME_UNITS": "milliseconds"}, ("MEDIA_DESCRIPTOR", "PROPERTY")),
    "MEDIA_DESCRIPTOR": (
        {"!MEDIA_URL": r"file:///.+", "!MIME_TYPE": r"[\w\-]+/[\w\-]+|unknown", "RELATIVE_MEDIA_URL": r"\./.+"},
        (),
    ),
    "PROPERTY": ({"NAME": TEXT}, ()),
    "TIME_ORDER": ({}, ("TIME_SLOT",)),
    "TIME_SLOT": ({"!TIME_SLOT_ID": ID, "TIME_VALUE": r"\d{1,9}"}, ()),
    "TIER": ({"!TIER_ID": TEXT, "!LINGUISTIC_TYPE_REF": TEXT, "PARENT_REF": TEXT}, ("ANNOTATION",)),
    "ANNOTATION": ({}, ("ALIGNABLE_ANNOTATION",)),
    "ALIGNABLE_ANNOTATION": (
        {"!ANNOTATION_ID": ID, "!TIME_SLOT_REF1": ID, "!TIME_SLOT_REF2": ID},
        ("ANNOTATION_VALUE",),
    ),
    "ANNOTATION_VALUE": ({}, ()),
    "LINGUISTIC_TYPE": (
        {"!LINGUISTIC_TYPE_ID": TEXT, "TIME_ALIGNABLE": YES, "GRAPHIC_REFERENCES": YES, "CONSTRAINTS": ID},
        (),
    ),
    "CONSTRAINT": (
        {"!STEREOTYPE": "Time_Subdivision|Symbolic_Subdivision|Symbolic_Association|Included_In", "DESCRIPTION": TEXT},
        (),
    ),
}


@pytest.fixture(params=NAMES)
def clip(request, samples):
    name = request.param
    return clipaudio.open_clip(OTHERS.get(name) or samples[name])


def check_element(element):
    attributes, children = EAF[element.tag]
    known = {name.lstrip("!"): pattern for name, pattern in attributes.items()}
    assert {name[1:] for name in attributes if name[0] == "!"} <= set(element.attrib)
    for name, value in element.attrib.items():
        assert re.fullmatch(known[name], value), (element.tag, name, value)
    places = [children.index(child.tag) for child in element]
    assert places == sorted(places)
    for child in element:
        check_element(child)


def test_an_eaf_keeps_the_rules_of_its_schema(clip):
    root = ET.fromstring(clip.dumps("eaf").encode())
    check_element(root)
    assert [child.tag for child in root].count("HEADER") == [child.tag for child in root].count("TIME_ORDER") == 1
    identifiers = [
        element.get(name)
        for element in root.iter()
        for name in ("TIME_SLOT_ID", "ANNOTATION_ID", "STEREOTYPE")
        if element.get(name)
    ]
    assert len(identifiers) == len(set(identifiers))
    for annotation in root.iter("ALIGNABLE_ANNOTATION"):
        assert len(annotation) == 1
    used = {tier.get("LINGUISTIC_TYPE_REF") for tier in root.iter("TIER")}
    assert used <= {kind.get("LINGUISTIC_TYPE_ID") for kind in root.iter("LINGUISTIC_TYPE")}
    numbers = [int(name[1:]) for name in identifiers if re.fullmatch(r"a\d+", name)]
    (last,) = (item.text for item in root.iter("PROPERTY") if item.get("NAME") == "lastUsedAnnotationId")
    assert int(last) == max(numbers)


def test_annotations_of_an_eaf_are_disjoint_and_inside_their_parents(clip):
    root = ET.fromstring(clip.dumps("eaf").encode())
    slots = {slot.get("TIME_SLOT_ID"): int(slot.get("TIME_VALUE")) for slot in root.iter("TIME_SLOT")}
    tiers = {}
    for tier in root.iter("TIER"):
        spans = [
            (slots[annotation.get("TIME_SLOT_REF1")], slots[annotation.get("TIME_SLOT_REF2")])
            for annotation in tier.iter("ALIGNABLE_ANNOTATION")
        ]
        assert all(start < end for start, end in spans)
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
        assert all(end <= round(clip.duration * 1000) for _, end in spans)
        parent = tier.get("PARENT_REF")
        if parent is not None:
            assert all(any(low <= start and end <= high for low, high in tiers[parent]) for start, end in spans)
        tiers[tier.get("TIER_ID")] = spans


def test_pympi_reads_the_words_of_an_eaf_where_they_are(needs, clip, tmp_path):
    elan = needs("pympi").Elan
    path = clip.save(tmp_path / "clip.eaf")
    found = elan.Eaf(str(path)).get_annotation_data_for_tier("words")
    words = [word for word in clip.words if word.label.strip("\x00")]
    assert len(found) == len(words)
    for (start, end, _), word in zip(found, words, strict=True):
        assert (start, end) == pytest.approx((word.start * 1000, word.end * 1000), abs=1.01)


def test_an_emu_annotation_keeps_the_rules_of_its_schema(clip):
    made = json.loads(clip.dumps("emu"))
    assert set(made) == {"name", "annotates", "sampleRate", "levels", "links"}
    assert isinstance(made["sampleRate"], int)
    levels = {}
    for level in made["levels"]:
        assert set(level) == {"name", "type", "items"}
        assert level["type"] == "SEGMENT"
        for item in level["items"]:
            assert set(item) == {"id", "sampleStart", "sampleDur", "labels"}
            assert all(type(item[key]) is int and item[key] >= 0 for key in ("id", "sampleStart", "sampleDur"))
            assert [set(label) for label in item["labels"]] == [{"name", "value"}]
            assert item["labels"][0]["name"] == level["name"]
            levels[item["id"]] = level["name"]
        for one, other in itertools.pairwise(level["items"]):
            assert one["sampleStart"] + one["sampleDur"] < other["sampleStart"]
    assert len(levels) == sum(len(level["items"]) for level in made["levels"])
    assert len({(link["fromID"], link["toID"]) for link in made["links"]}) == len(made["links"])
    pairs = {}
    for link in made["links"]:
        assert set(link) == {"fromID", "toID"}
        pairs.setdefault((levels[link["fromID"]], levels[link["toID"]]), []).append((link["fromID"], link["toID"]))
    for links in pairs.values():  # links of two levels never cross
        assert [one for one, _ in sorted(links, key=lambda link: link[1])] == sorted(one for one, _ in links)


def test_an_emu_annotation_is_valid_by_a_schema_of_the_same_rules(needs, clip):
    jsonschema = needs("jsonschema")
    whole = {"type": "integer", "minimum": 0}
    text = {"type": "string"}

    def record(**properties):
        return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}

    def many(entry):
        return {"type": "array", "items": entry}

    item = record(id=whole, sampleStart=whole, sampleDur=whole, labels=many(record(name=text, value=text)))
    level = record(name=text, type={"enum": ["ITEM", "SEGMENT", "EVENT"]}, items=many(item))
    links = many(record(fromID=whole, toID=whole))
    schema = record(name=text, annotates=text, sampleRate={"type": "number"}, levels=many(level), links=links)
    jsonschema.validate(json.loads(clip.dumps("emu")), schema)


@pytest.mark.parametrize("name", ["ctm", "ctm-phones"])
def test_every_line_of_a_ctm_has_five_fields_and_lines_are_in_order(clip, name):
    rows = [row.split(" ") for row in clip.dumps(name).split("\n")[:-1]]
    assert {len(row) for row in rows} <= {5}
    assert len({row[0] for row in rows}) <= 1
    spans = [(float(start), float(start) + float(duration)) for _, _, start, duration, _ in rows]
    assert spans == sorted(spans)
    assert all(re.fullmatch(r"\d+\.\d{4}", number) for row in rows for number in row[2:4])
    assert all(end <= clip.duration + 1e-4 for _, end in spans)


def test_every_label_of_audacity_is_one_line_of_three_fields(clip):
    rows = [row.split("\t") for row in clip.dumps("audacity").split("\n")[:-1]]
    assert len(rows) == len([word for word in clip.words if word.label.strip("\x00\ufeff ")])
    for start, end, label in rows:
        assert float(start) <= float(end) <= clip.duration + 1e-6
        assert label.strip() == label != ""
