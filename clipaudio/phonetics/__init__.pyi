from .alphabets import ALPHABETS, Alphabet, detect_alphabet, to_ipa
from .articulation import Articulation, Glide, Manner, Place, SoundKind
from .letter_rules import read_word
from .phones import Phone, PhoneKind, PhoneTable, read_phone, read_phones
from .syllables import syllable_starts

__all__ = [
    "ALPHABETS",
    "Alphabet",
    "Articulation",
    "Glide",
    "Manner",
    "Phone",
    "PhoneKind",
    "PhoneTable",
    "Place",
    "SoundKind",
    "detect_alphabet",
    "read_phone",
    "read_phones",
    "read_word",
    "syllable_starts",
    "to_ipa",
]
