"""Speech with known times, of voices that the model was not trained on.

A set is named `voice` or `voice-kind`. Voices: `slt` and `kal` (flite), `it`, `fi`, `ru` (festival), each labelled by
its engine. Kinds: `noise` (pink, 20 dB, pauses of 2.3, 1.1 and 1.7 s), `babble` (25 dB, the same pauses), `8khz`,
`clipped`, `longN` (N minutes), `wrong` (another text), and sentences in threes of which one is not as written: `insert`
(said, not written), `first`, `last` (the same at an end), `omit` (written, not said), `replace`, `cough`, `music`.
Anything with a slash is a folder of recordings with TextGrids, or `_annot.json` of EMU, of the same name.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import soxr
from make_speech import CMU, speak_flite
from train import coloured

from clipaudio import read_source
from clipaudio.alignment.features import SAMPLE_RATE
from clipaudio.alignment.phone_classes import classes_of
from clipaudio.alignment.pronunciation import pronounce
from clipaudio.audio.decode import read_audio

if TYPE_CHECKING:
    from collections.abc import Iterator

ENGLISH = """The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background.
It is easy to tell the depth of a well. These days a chicken leg is a rare dish.
Rice is often served in round bowls. The juice of lemons makes fine punch.
The box was thrown beside the parked truck. The hogs were fed chopped corn and garbage.
Four hours of steady work faced us. A large size in stockings is hard to sell.
The boy was there when the sun rose. A rod is used to catch pink salmon.
The source of the huge river is the clear spring. Kick the ball straight and follow through.
Help the woman get back to her feet. A pot of tea helps to pass the evening.
Smoky fires lack flame and heat. The soft cushion broke the fall of the man.
The salt breeze came across from the sea. The girl at the booth sold fifty bonds.
The small pup gnawed a hole in the sock. The fish twisted and turned on the bent hook.
Press the pants and sew a button on the vest. The swan dive was far short of perfect.
The beauty of the view stunned the young boy. Two blue fish swam in the tank.
Her purse was full of useless trash. The colt reared and threw the tall rider.
It snowed, rained, and hailed the same morning. Read verse out loud for pleasure.""".splitlines()
"""Harvard sentences, public, of the IEEE recommended practice of 1969."""
FESTIVAL = {
    "it": (
        "voice_lp_diphone",
        "latin-1",
        """la vecchia macchina rossa attraversa lentamente il ponte sopra il fiume
ogni mattina il fornaio apre la bottega prima di tutti gli altri
questa sera mangiamo pesce fresco con patate e una bottiglia di vino bianco
il treno per la montagna parte tra venti minuti dal terzo binario
mio fratello suona la chitarra e canta canzoni popolari
la bambina ha perso il suo cappello giallo nel giardino della scuola
domani andremo al mercato per comprare frutta e verdura
il professore spiega la lezione con molta pazienza agli studenti
abbiamo camminato tutta la notte sotto una pioggia leggera
il gatto nero dorme tranquillo sulla sedia vicino alla finestra
nessuno sapeva dove fosse finita la chiave della cantina
quando arriva la primavera gli alberi si coprono di fiori""".splitlines(),
    ),
    "fi": (
        "voice_suo_fi_lj_diphone",
        "latin-1",
        """vanha punainen auto ajaa hitaasti joen yli
joka aamu leipuri avaa kaupan ennen muita
illalla syömme tuoretta kalaa ja perunoita
veljeni soittaa kitaraa ja laulaa vanhoja lauluja
huomenna lähdemme mökille uimaan ja saunomaan
lapset leikkivät pihalla koko päivän auringossa
kirja on pöydällä ikkunan vieressä
äiti keitti kahvia ja leipoi pullaa
talvella järvi jäätyy ja lunta sataa paljon
opettaja kertoi oppilaille uuden tarinan""".splitlines(),
    ),
    "ru": (
        "voice_msu_ru_nsh_clunits",
        "utf-8",
        """старая красная машина медленно едет через мост
каждое утро пекарь открывает лавку раньше всех
сегодня вечером мы едим свежую рыбу с картошкой
мой брат играет на гитаре и поёт старые песни
завтра мы поедем на рынок покупать овощи и фрукты
маленькая девочка потеряла свою жёлтую шляпу
учитель терпеливо объясняет урок своим ученикам
мы шли всю ночь под мелким дождём
чёрная кошка спокойно спит на стуле у окна
никто не знал где лежит ключ от подвала
когда приходит весна деревья покрываются цветами
поезд отправляется через двадцать минут с третьего пути""".splitlines(),
    ),
}
EDITS = {
    "insert": ("abc", "ac"),
    "first": ("bac", "ac"),
    "last": ("acb", "ac"),
    "omit": ("ac", "abc"),
    "replace": ("abc", "adc"),
    "cough": ("a~c", "ac"),
    "music": ("a~c", "ac"),
}
"""Which of four sentences are said (~ is other sound), and which are written."""


class SpeechClip(NamedTuple):
    """A text, its samples (16 kHz), the times of its words (NaN for words that are not said), and phones.

    A phone is (class, start, row of the word).
    """

    text: str
    samples: np.ndarray
    times: np.ndarray
    phones: tuple[tuple[int, float, int], ...] = ()


def language_of(name: str) -> str:
    """Return the language of a set."""
    return name[:2] if name[:2] in FESTIVAL else "en"


def speak(text: str, voice: str) -> SpeechClip | None:
    """Speak with an engine that labels its words; None if its words are not those of the text."""
    return _speak_festival(text, voice) if voice in FESTIVAL else _speak_flite(text, voice)


def _speak_flite(text: str, voice: str) -> SpeechClip | None:
    samples, phones = speak_flite(text, voice)
    counts = []
    for word in re.findall(r"[A-Za-z']+", text):
        command = ["flite", "-voice", voice, "-ps", "-t", word, "-o", "none"]
        out = subprocess.run(command, capture_output=True, text=True, check=True)
        counts.append(sum(label in CMU for label in out.stdout.split()))
    if sum(counts) != len(phones):
        return None
    ends = np.cumsum(counts)
    times = [(phones[end - count][1], phones[end - 1][2]) for end, count in zip(ends, counts, strict=True)]
    rows = tuple(
        (classes_of(label)[0], start, int(np.searchsorted(ends, row, "right")))
        for row, (label, start, _) in enumerate(phones)
    )
    return SpeechClip(text, samples, np.array(times), rows)


def _speak_festival(text: str, language: str) -> SpeechClip | None:
    voice, encoding, _ = FESTIVAL[language]
    with tempfile.TemporaryDirectory() as folder:
        script = (
            f'({voice}) (set! u (utt.synth (Utterance Text "{text}"))) (utt.save.wave u "{folder}/a.wav" \'riff)'
            f' (mapcar (lambda (w) (format t "W %f %f\\n" (item.feat w "word_start") (item.feat w "word_end")))'
            f" (utt.relation.items u 'Word))"
        )
        out = subprocess.run(["festival", "--pipe"], input=script.encode(encoding), capture_output=True, check=False)
        audio = read_audio(Path(folder, "a.wav"))
    times = [tuple(map(float, m)) for m in re.findall(r"W ([\d.]+) ([\d.]+)", out.stdout.decode("utf-8", "replace"))]
    if len(times) != len(text.split()):
        return None
    samples = soxr.resample(audio.samples[:, 0] / np.float32(32768), audio.sample_rate, SAMPLE_RATE)
    return SpeechClip(text, samples, np.array(times))


def clips_of(name: str) -> Iterator[SpeechClip]:
    """Yield the clips of a set."""
    if "/" in name:
        yield from recordings(Path(name))
        return
    base, _, kind = name.partition("-")
    rng = np.random.default_rng(7)
    texts = FESTIVAL[base][2] if base in FESTIVAL else ENGLISH
    made = [clip for text in texts if (clip := speak(text, base)) is not None]
    if kind in EDITS:
        sentences = [part for clip in made for part in _sentences(clip)]
        for row in range(len(sentences)):
            yield _edit([sentences[(row + place) % len(sentences)] for place in range(4)], kind, rng)
    elif kind.startswith("long"):
        yield _join_long(made, float(kind[4:] or 10), rng)
    else:
        for row, clip in enumerate(made):
            if kind == "wrong":
                yield clip._replace(text=made[(row + 3) % len(made)].text, times=clip.times * np.nan)
            elif kind in ("noise", "babble"):
                yield _in_noise(clip, kind, made, rng)
            elif kind == "8khz":
                yield clip._replace(samples=soxr.resample(soxr.resample(clip.samples, 16000, 8000), 8000, 16000))
            else:
                yield clip._replace(samples=np.clip(clip.samples * (30 if kind == "clipped" else 1), -1, 1))


def _in_noise(clip: SpeechClip, kind: str, made: list[SpeechClip], rng: np.random.Generator) -> SpeechClip:
    """Return a clip with pauses of 2.3, 1.1 and 1.7 s, and pink noise at 20 dB or babble of six at 25 dB."""
    middle = len(clip.times) // 2
    split = int(clip.times[middle, 0] * SAMPLE_RATE)
    before, inside, after = (np.zeros(int(length * SAMPLE_RATE)) for length in (2.3, 1.1, 1.7))
    sound = np.concatenate((before, clip.samples[:split], inside, clip.samples[split:], after))
    if kind == "noise":
        other, level = coloured(len(sound), 0.5, rng), 0.1
    else:
        voices = [np.roll(made[row].samples, rng.integers(9**6)) for row in rng.integers(len(made), size=6)]
        other = sum(np.resize(voice, len(sound)) for voice in voices)
        other, level = other / np.std(other), 10 ** (-25 / 20)
    moved = 2.3 + 1.1 * (np.arange(len(clip.times)) >= middle)
    phones = tuple((kind_, start + moved[word], word) for kind_, start, word in clip.phones)
    noisy = sound + other * clip.samples.std() * level
    return SpeechClip(clip.text, noisy, clip.times + moved[:, None], phones)


def _sentences(clip: SpeechClip) -> Iterator[SpeechClip]:
    """Yield the sentences of a clip whose words espeak-ng tells apart, cut inside the pauses."""
    at, start = 0, 0
    for text in re.findall(r"[^.]+\.", clip.text):
        stop_row = at + len(re.findall(r"[A-Za-z']+", text))
        is_last = stop_row >= len(clip.times)
        stop = (
            len(clip.samples) if is_last else int(clip.times[stop_row - 1 : stop_row + 1].ravel()[1:3].mean() * 16000)
        )
        if len(pronounce(text, language="en").words) == stop_row - at:
            yield SpeechClip(text.strip(), clip.samples[start:stop], clip.times[at:stop_row] - start / SAMPLE_RATE)
        at, start = stop_row, stop


def _edit(sentences: list[SpeechClip], kind: str, rng: np.random.Generator) -> SpeechClip:
    """Return sentences of which one is not said as written."""
    said, written = EDITS[kind]
    known = dict(zip("abcd", sentences, strict=True))
    sound, times, at = [], {}, 0.0
    for name in said:
        samples = known[name].samples if name in known else _other_sound(kind, rng)
        if name in known:
            times[name] = known[name].times + at
        sound.append(samples)
        at += len(samples) / SAMPLE_RATE
    truth = [times.get(name, known[name].times * np.nan) for name in written]
    return SpeechClip(" ".join(known[name].text for name in written), np.concatenate(sound), np.concatenate(truth))


def _other_sound(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return half a second of noise that fades, or three of a chord."""
    if kind == "cough":
        count = int(rng.uniform(0.4, 0.7) * SAMPLE_RATE)
        return rng.standard_normal(count) * np.exp(-np.arange(count) / 3000) * 0.2
    seconds = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    return np.sum([np.sin(2 * np.pi * hertz * seconds) for hertz in (220, 277, 330, 440)], axis=0) * 0.04


def _join_long(made: list[SpeechClip], minutes: float, rng: np.random.Generator) -> SpeechClip:
    """Return minutes of clips whose words espeak-ng tells apart."""
    made = [clip for clip in made if len(pronounce(clip.text, language="en").words) == len(clip.times)]
    texts, rows, sound, at = [], [], [], 0.0
    while at < minutes * 60:
        clip = made[rng.integers(len(made))]
        texts.append(clip.text)
        rows.append(clip.times + at)
        sound.append(clip.samples)
        at += len(clip.samples) / SAMPLE_RATE
    return SpeechClip(" ".join(texts), np.concatenate(sound), np.concatenate(rows))


def recordings(folder: Path) -> Iterator[SpeechClip]:
    """Yield the recordings of a folder that have a TextGrid with words, or the annotation of EMU."""
    for path in sorted(folder.iterdir()):
        audio_path = folder / (path.name.replace("_annot.json", "").replace(".TextGrid", "") + ".wav")
        if not audio_path.exists() or audio_path == path:
            continue
        if path.name.endswith("_annot.json"):
            labels, times = _read_emu(json.loads(path.read_text("utf-8")))
        elif path.suffix == ".TextGrid":
            words = read_source(path).words
            labels, times = ([], np.empty((0, 2))) if words is None else (list(words.labels), words.times)
        else:
            continue
        audio = read_audio(audio_path)
        mono = audio.samples.mean(axis=1) / np.float32(32768)
        if len(labels) >= 3:
            yield SpeechClip(" ".join(labels), soxr.resample(mono, audio.sample_rate, SAMPLE_RATE), times)


def _read_emu(annotation: dict) -> tuple[list[str], np.ndarray]:
    """Return the words of an EMU annotation, each with the span of the segments that it dominates."""
    levels = {level["name"]: level["items"] for level in annotation["levels"]}
    segments = {item["id"]: item for item in levels.get("Phonetic", ())}
    below: dict[int, list[int]] = {}
    for link in annotation["links"]:
        below.setdefault(link["fromID"], []).append(link["toID"])

    def leaves(item: int) -> list[dict]:
        return (
            [segments[item]] if item in segments else [leaf for child in below.get(item, ()) for leaf in leaves(child)]
        )

    labels, times = [], []
    for item in levels.get("Word", ()):
        found = leaves(item["id"])
        labels.append(next(label["value"] for label in item["labels"] if label["name"] == "Text"))
        ends = [leaf["sampleStart"] + leaf["sampleDur"] for leaf in found]
        times.append((min(leaf["sampleStart"] for leaf in found), max(ends)))
    return labels, np.array(times).reshape(-1, 2) / annotation["sampleRate"]
