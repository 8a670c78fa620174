"""Write espeak_tokens.json: every phone label that espeak-ng gives, voice by voice, with its count.

The texts are the names of languages, countries, months and days that CLDR has in each language. Needs espeakng-loader
and babel; run it by hand, the tests read the file. The labels are facts about the engine's output, no code of it.
"""

from __future__ import annotations

import collections
import ctypes
import json
from pathlib import Path

VOICES = (
    "af am an ar as az be bg bn bs ca cmn cs cy da de el en-us en eo es es-419 et eu fa fi fr ga gd gu he hi hr "
    "hu hy id is it ja ka kk kn ko ky lt lv mi mk ml mr ms mt my nb ne nl or pa pl pt pt-br ro ru sd si sk sl sq sr sv "
    "sw ta te th tk tr tt ug uk ur uz vi yue"
).split()
SYNCHRONOUS, UTF8, IPA = 2, 1, 2
SEPARATOR = "_"


def texts(voice: str) -> list[str]:
    """Return the names CLDR has in the language of a voice; English ones where it has none."""
    import babel

    code = {"cmn": "zh", "yue": "yue", "nb": "nb", "pt-br": "pt_BR", "pt": "pt_PT"}.get(voice, voice.partition("-")[0])
    try:
        locale = babel.Locale.parse(code)
    except babel.UnknownLocaleError:
        locale = babel.Locale("en")
    found = [*locale.languages.values(), *locale.territories.values(), *locale.scripts.values()]
    for table in (locale.months, locale.days):
        found += [name for forms in table.values() for names in forms.values() for name in names.values()]
    return [str(text) for text in found if text]


def tokens(library: ctypes.CDLL, voice: str) -> collections.Counter[str]:
    """Return the labels of a voice."""
    if library.espeak_SetVoiceByName(voice.encode()):
        raise SystemExit(f"no voice {voice}")
    found: collections.Counter[str] = collections.Counter()
    for text in texts(voice):
        rest = ctypes.c_char_p(text.encode())
        while rest.value:
            spoken = library.espeak_TextToPhonemes(ctypes.byref(rest), UTF8, IPA | ord(SEPARATOR) << 8).decode()
            found.update(token for word in spoken.split() for token in word.split(SEPARATOR) if token)
    return found


def main() -> None:
    """Ask every voice."""
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Initialize(SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0x8000)
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    inventory = {voice: dict(tokens(library, voice).most_common()) for voice in VOICES}
    rows = ",\n".join(f"{json.dumps(v)}: {json.dumps(found, ensure_ascii=False)}" for v, found in inventory.items())
    Path(__file__).with_name("espeak_tokens.json").write_text("{\n" + rows + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
