"""Spellings and their sounds by language, as precise as lips need; data for `clipaudio.phonetics.letter_rules`.

`^` before a spelling limits it to the start of a word, `$` after it to the end; `.` is silent. The longest spelling
that fits wins. Letters that a language does not list are read by the rules of their script.
"""

from __future__ import annotations

from typing import Final

__all__ = ["LANGUAGES", "SCRIPTS"]


def _pairs(text: str) -> dict[str, str]:
    """Return spelling -> IPA from a text of pairs."""
    words = text.split()
    return {spelling: "" if ipa == "." else ipa for spelling, ipa in zip(words[::2], words[1::2], strict=True)}


_LATIN: Final = _pairs("""
a a  b b  c k  d d  e e  f f  g ɡ  h h  i i  j j  k k  l l  m m  n n  o o  p p  q k  r r  s s  t t  u u  v v
w v  x ks  y i  z z  æ ɛ  œ ø  ø ø  å o  ä ɛ  ö ø  ü y  ß s  ł w  đ d  ð ð  þ θ  ŋ ŋ  ħ h  ı ɯ  ə ə  ç tʃ  ş ʃ
ș ʃ  š ʃ  ś ɕ  ž ʒ  ź ʑ  ż ʒ  č tʃ  ć tɕ  ñ ɲ  ń ɲ  ň ɲ  ř r̝  ţ ts  ț ts  ě jɛ  ơ ə  ư ɯ  ă ə  ů u  ch x  sh ʃ
sz ʃ  cz tʃ  rz ʒ  ph f
""")
_CYRILLIC: Final = _pairs("""
а a  б b  в v  г ɡ  ґ ɡ  д d  е e  ё jo  ж ʒ  з z  и i  й j  к k  л l  м m  н n  о o  п p  р r  с s  т t  у u
ф f  х x  ц ts  ч tɕ  ш ʃ  щ ɕ  ъ .  ы ɨ  ь .  э ɛ  ю ju  я ja  і i  ї ji  є je  ѕ dz  ј j  љ ʎ  њ ɲ  ћ tɕ  ђ dʑ
џ dʒ  ў w  ә æ  ө ø  ү y  ұ u  қ q  ғ ʁ  ң ŋ  һ h  ѓ ɟ  ќ c
""")
_GREEK: Final = _pairs("""
α a  β v  γ ɣ  δ ð  ε e  ζ z  η i  θ θ  ι i  κ k  λ l  μ m  ν n  ξ ks  ο o  π p  ρ r  σ s  ς s  τ t  υ i  φ f
χ x  ψ ps  ω o  ου u  αι e  ει i  οι i  υι i  αυ av  ευ ev  μπ b  ντ d  γκ ɡ  γγ ɡ  τσ ts  τζ dz
""")
SCRIPTS: Final = _LATIN | _CYRILLIC | _GREEK
"""Sounds of letters by script."""

LANGUAGES: Final = {
    "en": _pairs("""
a æ  c k  e ɛ  g ɡ  h h  i ɪ  j dʒ  o ɔ  q k  r ɹ  u ʌ  w w  y ɪ  ^y j  y$ i  x ks  ce sɛ  ci sɪ  cy sɪ  ce$ s
ge$ dʒ  sh ʃ  ch tʃ  tch tʃ  th ð  ph f  wh w  gh .  ght t  ck k  ng ŋ  dge dʒ  qu kw  ^kn n  ^wr ɹ  mb$ m
sch sk  tion ʃən  sion ʒən  ture tʃɚ  ee i  ea i  ie i  oo u  ou aʊ  ow aʊ  ow$ oʊ  oa oʊ  oe oʊ  ai eɪ  ay eɪ
ei eɪ  ey eɪ  oi ɔɪ  oy ɔɪ  au ɔ  aw ɔ  ew u  ue u  ui u  eau oʊ  igh aɪ  eigh eɪ  ough ɔ  er ɚ  ir ɚ  ur ɚ
ar ɑɹ  or ɔɹ  le$ əl  o$ oʊ  e$ .  es$ z  ed$ d  ^the$ ðə  ^he$ hi  ^me$ mi  ^we$ wi  ^be$ bi  ^she$ ʃi
^you$ ju  ^to$ tu  ^do$ du  ^i$ aɪ  ^are$ ɑɹ
"""),
    "es": _pairs("""
ch tʃ  ll ʝ  rr r  qu k  gue ɡe  gui ɡi  ce θe  ci θi  ge xe  gi xi  h .  j x  z θ  ñ ɲ  v b  y ʝ  y$ i  ^y$ i
x ks  ü w  hu w  ia ja  ie je  io jo  ua wa  ue we
"""),
    "de": _pairs("""
sch ʃ  tsch tʃ  ch x  ck k  ph f  pf pf  qu kv  ei aɪ  ai aɪ  ey aɪ  eu ɔʏ  äu ɔʏ  au aʊ  ie iː  ß s  w v  v f
z ts  tz ts  ä ɛ  ö ø  ü y  y y  ^st ʃt  ^sp ʃp  ah aː  eh eː  ih iː  oh oː  uh uː  äh ɛː  öh øː  üh yː  aa aː
ee eː  oo oː  er$ ɐ  ng ŋ  dt t  th t  tion tsi̯oːn  chs ks  e$ ə  en$ ən
"""),
    "fr": _pairs("""
eau o  au o  ou u  oi wa  ai ɛ  ei ɛ  eu ø  œu ø  ch ʃ  gn ɲ  qu k  ph f  th t  u y  é e  è ɛ  ê ɛ  ë ɛ  ç s
j ʒ  h .  y i  ce sə  ci si  ce$ s  ge ʒə  gi ʒi  ge$ ʒ  gue ɡ  gui ɡi  e ə  e$ .  es$ .  er$ e  ez$ e  et$ ɛ
s$ .  t$ .  d$ .  x$ .  p$ .  z$ .  r ʁ  ill ij  eil ɛj  ail aj  ^et$ e  ^les$ le  ^des$ de  ^je$ ʒə  ^le$ lə
^de$ də  ^ce$ sə  ^se$ sə  ^ne$ nə  ^que$ kə
"""),
    "it": _pairs("""
ch k  gh ɡ  gn ɲ  gli ʎ  sce ʃe  sci ʃi  ce tʃe  ci tʃi  ge dʒe  gi dʒi  cia tʃa  cio tʃo  ciu tʃu  gia dʒa
gio dʒo  giu dʒu  qu kw  z ts  h .  ua wa  uo wo  ia ja  ie je  io jo
"""),
    "pt": _pairs("""
ch ʃ  lh ʎ  nh ɲ  rr ʁ  ^r ʁ  ss s  qu k  gue ɡe  gui ɡi  ç s  ão ɐ̃ʊ̃  õe õɪ̃  ã ɐ̃  õ õ  ou o  j ʒ  x ʃ  h .
ce se  ci si  ge ʒe  gi ʒi  em$ eɪ̃  ei eɪ  ai aɪ  au aʊ  eu eʊ  oi oɪ  o$ u  os$ us  e$ i
"""),
    "nl": _pairs("""
sch sx  ch x  g ɣ  ij ɛɪ  ei ɛɪ  ui œʏ  oe u  ou aʊ  au aʊ  eu ø  ie i  aa aː  ee eː  oo oː  uu y  u ʏ  w ʋ
ng ŋ  tj tʃ  sj ʃ  e ɛ  i ɪ  o ɔ  e$ ə  en$ ə  er$ ər
"""),
}
"""Spellings that differ from those of the script, by ISO 639-1 code."""
