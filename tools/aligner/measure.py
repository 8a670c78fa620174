"""Measure the aligner on voices that it was not trained on: `python tools/aligner/measure.py [SET …]`.

Sets: `slt` and `kal` (flite), `it`, `fi`, `ru` (festival, where installed), each with the labels of the engine, and
the same with pink noise at 20 dB and pauses (`slt-noise`), ten minutes (`slt-long`), and a text that is not said
(`slt-wrong`). Word edges are compared; phone starts are matched by class within the word.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soxr
from make_speech import CMU, speak_flite
from train import coloured

from clipaudio.alignment import align_text
from clipaudio.alignment.features import SAMPLE_RATE
from clipaudio.alignment.phone_classes import classes_of
from clipaudio.alignment.pronunciation import pronounce
from clipaudio.audio.decode import read_audio
from clipaudio.audio.wav_writer import encode_wav

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
    "it": ("voice_lp_diphone", ["la vecchia macchina rossa attraversa lentamente il ponte sopra il fiume",
                                "ogni mattina il fornaio apre la bottega prima di tutti gli altri",
                                "questa sera mangiamo pesce fresco con patate e una bottiglia di vino bianco",
                                "il treno per la montagna parte tra venti minuti dal terzo binario",
                                "mio fratello suona la chitarra e canta canzoni popolari"]),
    "fi": ("voice_suo_fi_lj_diphone", ["vanha punainen auto ajaa hitaasti joen yli",
                                       "joka aamu leipuri avaa kaupan ennen muita",
                                       "illalla syömme tuoretta kalaa ja perunoita",
                                       "veljeni soittaa kitaraa ja laulaa vanhoja lauluja"]),
    "ru": ("voice_msu_ru_nsh_clunits", ["старая красная машина медленно едет через мост",
                                        "каждое утро пекарь открывает лавку раньше всех",
                                        "сегодня вечером мы едим свежую рыбу с картошкой",
                                        "мой брат играет на гитаре и поёт старые песни"]),
}  # fmt: skip

UTF_8 = ("voice_msu_ru_nsh_clunits", "voice_hindi_NSK_diphone")
"""Voices that read UTF-8; the others read Latin-1."""


def flite_clip(text: str, voice: str):
    """Return samples, words as (start, end) and phones as (class, start, word); None if words do not add up."""
    samples, phones = speak_flite(text, voice)
    words = re.findall(r"[A-Za-z']+", text)
    counts = []
    for word in words:
        out = subprocess.run(
            ["flite", "-voice", voice, "-ps", "-t", word, "-o", "none"], capture_output=True, text=True, check=True
        )
        counts.append(sum(label in CMU for label in out.stdout.split()))
    if sum(counts) != len(phones):
        return None
    ends = np.cumsum(counts)
    times = [(phones[end - count][1], phones[end - 1][2]) for end, count in zip(ends, counts, strict=True)]
    rows = [
        (classes_of(label)[0], start, int(np.searchsorted(ends, row, "right")))
        for row, (label, start, _) in enumerate(phones)
    ]
    return samples, np.array(times), rows


def festival_clip(text: str, voice: str):
    """Return samples, word times, and no phones."""
    encoding = "utf-8" if voice in UTF_8 else "latin-1"
    with tempfile.TemporaryDirectory() as folder:
        script = (
            f'({voice}) (set! u (utt.synth (Utterance Text "{text}"))) (utt.save.wave u "{folder}/a.wav" \'riff)'
            f' (utt.save.words u "{folder}/w") (utt.save.segs u "{folder}/s")'
            f' (mapcar (lambda (w) (format t "%s %f %f\\n" (item.name w) (word_start w) (item.feat w "word_end")))'
            f" nil)"
            f' (mapcar (lambda (w) (format t "W %f %f\\n" (item.feat w "word_start") (item.feat w "word_end")))'
            f" (utt.relation.items u 'Word))"
        )
        out = subprocess.run(["festival", "--pipe"], input=script.encode(encoding), capture_output=True, check=False)
        audio = read_audio(Path(folder, "a.wav"))
    times = [tuple(map(float, m)) for m in re.findall(r"W ([\d.]+) ([\d.]+)", out.stdout.decode("utf-8", "replace"))]
    if len(times) != len(text.split()):
        return None
    samples = soxr.resample(audio.samples[:, 0] / np.float32(32768), audio.sample_rate, SAMPLE_RATE)
    return samples, np.array(times), []


def clips_of(name: str):
    """Yield (text, samples, word times, phones) of a set."""
    base, _, kind = name.partition("-")
    rng = np.random.default_rng(7)
    voice, texts = FESTIVAL.get(base, (base, ENGLISH))
    made = [(text, (flite_clip if base not in FESTIVAL else festival_clip)(text, voice)) for text in texts]
    made = [(text, *clip) for text, clip in made if clip is not None]
    if kind == "noise":
        for text, samples, times, phones in made:
            split = int(times[len(times) // 2, 0] * SAMPLE_RATE)
            parts = (
                np.zeros(int(2.3 * SAMPLE_RATE)),
                samples[:split],
                np.zeros(int(1.1 * SAMPLE_RATE)),
                samples[split:],
                np.zeros(int(1.7 * SAMPLE_RATE)),
            )
            sound = np.concatenate(parts)
            sound = sound + coloured(len(sound), 0.5, rng) * samples.std() / 10
            moved = 2.3 + 1.1 * (np.arange(len(times)) >= len(times) // 2)
            yield text, sound, times + moved[:, None], [(c, s + moved[w], w) for c, s, w in phones]
        return
    if kind.startswith("long"):
        made = [clip for clip in made if len(pronounce(clip[0], language="en").words) == len(clip[2])]
        pool, rows, sound, at = [], [], [], 0.0
        minutes = float(kind[4:] or 10)
        while at < minutes * 60:
            text, samples, times, _ = made[rng.integers(len(made))]
            pool.append(text)
            rows.append(times + at)
            sound.append(samples)
            at += len(samples) / SAMPLE_RATE
        yield " ".join(pool), np.concatenate(sound), np.concatenate(rows), []
        return
    for row, (text, samples, times, phones) in enumerate(made):
        yield (made[(row + 3) % len(made)][0] if kind == "wrong" else text), samples, times, phones


def measure(name: str) -> str:
    """Return one line of the table."""
    errors, starts, confidences, failed, seconds, spent = [], [], [], 0, 0.0, 0.0
    for text, samples, times, phones in clips_of(name):
        data = encode_wav((np.clip(samples, -1, 1) * 32767).astype(np.int16)[:, None], SAMPLE_RATE, "PCM_16")
        began = sum(os.times()[:4])
        found = align_text(data, text, language=name[:2] if name[:2] in FESTIVAL else "en")
        spent += sum(os.times()[:4]) - began
        seconds += len(samples) / SAMPLE_RATE
        confidences += found.confidences
        if "wrong" in name:
            continue
        if len(found.words.times) != len(times):
            failed += 1
            continue
        errors.append(np.abs(found.words.times - times).ravel())
        taken = set()
        for kind, start, _ in phones:
            near = [
                (abs(phone.start - start), row)
                for row, phone in enumerate(found.phones)
                if row not in taken and classes_of(phone.label)[0] == kind and abs(phone.start - start) < 0.3
            ]
            if near:
                taken.add(min(near)[1])
            starts.append(min(near)[0] if near else 1.0)
    line = (
        f"{name:10} confidence {np.mean(confidences):.2f} (words below .5: {np.mean(np.array(confidences) < 0.5):.1%})"
    )
    if errors:
        e = np.concatenate(errors)
        shares = "/".join(f"{(e <= limit).mean() * 100:.0f}" for limit in (0.02, 0.05, 0.1, 0.2))
        line += f"; {len(e)} edges, {shares} % within 20/50/100/200 ms, median {np.median(e) * 1000:.1f} ms"
    if starts:
        line += f"; phone starts within 30 ms {np.mean(np.array(starts) <= 0.03):.0%}"
    return line + f"; {failed} clips with other words; CPU {60 * spent / max(seconds, 1e-9):.1f} s a minute"


if __name__ == "__main__":
    for name in sys.argv[1:] or ["slt", "kal", "slt-noise", "slt-wrong", "it", "fi", "ru"]:
        print(measure(name), flush=True)
