"""ASCII alphabets, symbol by symbol, with their IPA; data for `clipaudio.phonetics.alphabets`."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["ARPABET", "KIRSHENBAUM", "NOISE", "NO_SOUND", "POSITIONS", "STRESS", "XSAMPA"]

NO_SOUND: Final = frozenset("sil sp spn pau nsn lau ns br oov _ # h# epi silence noise <s> </s> (...) <p>".split())
"""Names that aligners and voices have for silence and noise, in lower case."""
NOISE: Final = re.compile(r"<[A-Za-z:_-]{2,}>|\{[A-Za-z]{2,}\}|\[[A-Za-z_ ]{2,}\]")
"""Noise in brackets, of any name: `<eps>`, `<usb>`, `{LG}`, `[laughter]`."""

_SUFFIX: Final = re.compile(r"_[BIES]$")
POSITIONS: Final = {
    "ipa": _SUFFIX,
    "arpabet": _SUFFIX,
    "espeak": _SUFFIX,
    "kirshenbaum": _SUFFIX,
    "xsampa": re.compile(r"(?<=.)(?:_[BIE]|(?<!t)_S)$"),  # `t_S` is an affricate; `_B` is a tone, which is no sound
}
"""Kaldi's suffixes for the position of a phone in its word, by alphabet."""
STRESS: Final = {
    "ipa": re.compile("[ˈˌ]"),
    "espeak": re.compile("[ˈˌ]"),
    "arpabet": re.compile("[0-2]$"),
    "xsampa": re.compile('^["%]+'),
    "kirshenbaum": re.compile("^[',]+"),
}
"""Spellings of stress, by alphabet."""


def _pairs(text: str) -> dict[str, str]:
    """Return symbol -> IPA from a text of pairs; a dot stands for no sound."""
    words = text.split()
    return {symbol: "" if ipa == "." else ipa for symbol, ipa in zip(words[::2], words[1::2], strict=True)}


ARPABET: Final = _pairs("""
AA ɑ  AE æ  AH ʌ  AO ɔ  AW aʊ  AX ə  AX-H ə  AXR ɚ  AY aɪ  EH ɛ  ER ɝ  EY eɪ  IH ɪ  IX ɨ  IY i  OW oʊ  OY ɔɪ  UH ʊ
UW u  UX ʉ  B b  CH t͡ʃ  D d  DH ð  DX ɾ  EL l̩  EM m̩  EN n̩  ENG ŋ̩  F f  G ɡ  HH h  H h  HV ɦ  JH d͡ʒ  K k  L l  M m
N n  NG ŋ  NX ɾ̃  P p  Q ʔ  R ɹ  S s  SH ʃ  T t  TH θ  V v  W w  WH ʍ  Y j  Z z  ZH ʒ
BCL b  DCL d  GCL ɡ  PCL p  TCL t  KCL k  PAU .  EPI .  H# .  SIL .
""")

_LETTERS: Final = dict(zip("abcdefhijklmnopqrstuvwxyz", "abcdefhijklmnopqrstuvwxyz", strict=True)) | {"g": "ɡ"}

XSAMPA: Final = _LETTERS | _pairs(r"""
b_< ɓ  d_< ɗ  g_< ɠ  G\_< ʛ  J\_< ʄ  d` ɖ  l` ɭ  n` ɳ  r` ɽ  s` ʂ  t` ʈ  z` ʐ  r\` ɻ  h\ ɦ  j\ ʝ  l\ ɺ  p\ ɸ  r\ ɹ
s\ ɕ  t_m t̻  v\ ʋ  P ʋ  x\ ɧ  z\ ʑ  A ɑ  B β  B\ ʙ  C ç  D ð  E ɛ  F ɱ  G ɣ  G\ ɢ  H ɥ  H\ ʜ  I ɪ  I\ ᵻ  J ɲ  J\ ɟ
K ɬ  K\ ɮ  L ʎ  L\ ʟ  M ɯ  M\ ɰ  N ŋ  N\ ɴ  O ɔ  O\ ʘ  Q ɒ  R ʁ  R\ ʀ  S ʃ  T θ  U ʊ  U\ ᵿ  V ʌ  W ʍ  X χ  X\ ħ
Y ʏ  Z ʒ  @ ə  @\ ɘ  @` ɚ  { æ  } ʉ  1 ɨ  2 ø  3 ɜ  3\ ɞ  3` ɝ  4 ɾ  5 ɫ  6 ɐ  7 ɤ  8 ɵ  9 œ  & ɶ  ? ʔ  ?\ ʕ
<\ ʢ  >\ ʡ  |\ ǀ  !\ ǃ  =\ ǂ  |\|\ ǁ  " ˈ  % ˌ  : ː  :\ ˑ  ' ʲ  ` ˞  ~ ̃  = ̩  ! ꜜ  ^ ꜛ  . .  -\ .  | .  || .
_" ̈  _+ ̟  _- ̠  _/ ̌  _0 ̥  _= ̩  _> ʼ  _?\ ˤ  _\ ̂  _^ ̯  _} ̚  _~ ̃  _A ̘  _a ̺  _B .  _c ̜  _d ̪
_e ̴  _G ˠ  _H .  _h ʰ  _j ʲ  _k ̰  _L .  _l ˡ  _M .  _m ̻  _N ̼  _n ⁿ  _O ̹  _o ̞  _q ̙  _r ̝  _T .  _t ̤
_v ̬  _w ʷ  _X ̆  _x ̽  _F .  _R .  _R_F .  <F> .  <R> .  _1 .  _2 .  _3 .  _4 .  _5 .  _6 .  _ ͡
""")

KIRSHENBAUM: Final = _LETTERS | _pairs("""
P ɸ  B β  T θ  D ð  S ʃ  Z ʒ  C ç  Q ɣ  X χ  H ħ  N ŋ  M ɱ  J ɟ  G ɢ  L ʎ  ? ʔ  r ɹ  * ɾ  *. ɽ  g" ʁ  n" ɴ  n^ ɲ
l^ ʎ  n[ n̪  t[ t̪  d[ d̪  l[ l̪  s[ s̪  z[ z̪  r[ ɹ̪  t. ʈ  d. ɖ  n. ɳ  s. ʂ  z. ʐ  r. ɻ  l. ɭ  r" ʀ  b` ɓ  d` ɗ  g` ɠ
J` ʄ  G` ʛ  p` pʼ  t` tʼ  k` kʼ  c` cʼ  q` qʼ  p! ʘ  t! ǀ  c! ǃ  l! ǁ  c^! ǂ  I ɪ  I. ʏ  U ʊ  E ɛ  V ʌ  O ɔ  A ɑ  A. ɒ
a. ɶ  & æ  @ ə  @. ɵ  Y ø  W œ  R ɚ  i" ɨ  u" ʉ  u- ɯ  o- ɤ  V" ɜ  O" ɞ  &" ɐ  E. œ  @<umd> ɘ  b<trl> ʙ  r<trl> r
s<lat> ɬ  z<lat> ɮ  j<vel> ɰ  j<rnd> ɥ  w<vls> ʍ  r<lbd> ʋ  h<?> ɦ  H<vcd> ʕ  C<vcd> ʝ  c<vcd> ɟ  t<lbv> k͡p
d<lbv> ɡ͡b  n<lbv> ŋ͡m  <o> ̥  <h> ʰ  <?> ̰  <r> ˞  <w> ʷ  <pzd> ˤ  <vzd> ˠ  ' ˈ  , ˌ  : ː  ~ ̃  ; ʲ  - ̩  [ ̪
# .  / .
""")
