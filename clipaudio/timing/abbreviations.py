"""Titles, abbreviations and ordinals of languages, as data of one form.

Conventions
-----------
Words are lower case, without their last full stop, and separated by white space; parts of an abbreviation are joined
("z.b" is "z. B." too).

    titles       stand before a name and never end a sentence
    leading      other abbreviations that something follows: "e.g.", "ca."; those that are closing, too, may end a
                 sentence before a word of a closed class: "the U.S. Senate"
    counters     abbreviate only before a number: "No. 5", "Jan. 3"
    closing      may end a sentence: "etc.", "p.m."

Languages that write ordinals with a full stop ("2. Platz") have more fields:

    leaders      words before an ordinal
    ranked       capitalised words after an ordinal; the leaders and these decide where a capital follows
    openers      words that begin a sentence, for languages without a table of closed classes
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ABBREVIATIONS", "ANY_LANGUAGE", "FIELDS"]

FIELDS: Final = ("titles", "leading", "counters", "closing", "leaders", "ranked", "openers")

ANY_LANGUAGE: Final = {
    "titles": "mr mrs ms dr prof st",
    "leading": "e.g i.e cf vs ca",
    "closing": "etc a.m p.m",
}
"""Abbreviations of languages without their own."""

_ENGLISH: Final = {
    "titles": (
        "mr mrs ms mx messrs dr drs prof st sts rev fr hon pres gov sen rep gen col capt lt sgt cpl maj cmdr adm supt "
        "insp det amb atty ald mt ft"
    ),
    "leading": "e.g i.e cf vs viz approx ca u.s u.k u.n e.u",
    "counters": ("no nos fig figs vol vols p pp ch sec art par ext jan feb mar apr jun jul aug sep sept oct nov dec"),
    "closing": (
        "etc al dept est inc ltd co corp bros jr sr esq a.m p.m u.s u.k u.n e.u u.s.a d.c b.c a.d m.d ph.d b.a m.a ave "
        "blvd rd"
    ),
}

_GERMAN: Final = {
    "titles": "hr hrn fr frl dr prof dipl ing mag st hl",
    "leading": "z.b d.h u.a bzw ca evtl ggf inkl exkl vgl z.t s.o s.u bspw sog insb etw i.d.r geb gest u.u z.zt zzgl "
    "med phil rer nat h.c",
    "counters": (
        "nr nrn abs art kap bd s str tel jan feb febr mrz apr jun jul aug sep sept okt nov dez max min mind abb tab"
    ),
    "closing": "usw etc u.s.w u.v.m v.chr n.chr jh jhd mio mrd verh gmbh",
    "leaders": (
        "der die das den dem des am im vom zum zur beim ins ans jeder jede jedes jeden jedem dieser diese dieses "
        "diesen diesem "
        "mein meine meinen meinem meiner dein deine deinen deinem deiner sein seine seinen seinem seiner ihr "
        "ihre ihren ihrem ihrer unser unsere unseren unserem unserer euer eure euren eurem ein eine einen einem einer "
        "kein keine keinen keinem"
    ),
    "ranked": (
        "januar jänner februar feber märz april mai juni juli august september oktober november dezember montag "
        "dienstag mittwoch donnerstag freitag samstag sonnabend sonntag jahrhundert jahrhunderts jahrhunderten platz "
        "plätze plätzen rang stock stockwerk etage klasse geburtstag weltkrieg mal liga runde kapitel bezirk auflage "
        "etappe spieltag minute hälfte halbzeit quartal semester trimester teil band akt szene satz reihe stufe "
        "generation preis tag woche monat jahr stunde sieger lauf versuch"
    ),
    "openers": "dann danach dort hier heute gestern morgen jetzt nun später deshalb trotzdem leider zuerst schließlich",
}

_FRENCH: Final = {
    "titles": "m mm mme mmes mlle mlles dr drs pr prof me mes st ste sts stes mgr vve",
    "leading": "p.ex c.-à-d c.à.d env cf av apr éd",
    "counters": "n no nos n° chap vol art fig p pp tél janv févr avr juil sept oct nov déc",
    "closing": "etc j.-c",
}

_SPANISH: Final = {
    "titles": (
        "sr sra sres sras srta srtas dr dra dres dras d dª dña prof profa lic lcdo lcda ing arq fr sto sta mons gral "
        "cnel tte excmo excma ilmo ilma rvdo hno hna"
    ),
    "leading": "p.ej ej p.e aprox cf vs ca ee uu ee.uu avda av dpto",
    "counters": "núm núms nº n° pág págs vol art cap ed tel fig ene feb abr jun jul ago sept oct nov dic c.p",
    "closing": "etc ee.uu a.m p.m ud uds vd vds s.a s.l a.c d.c",
}

_ITALIAN: Final = {
    "titles": (
        "sig sigg sig.ra sigra sig.na signa sig.re dott dott.ssa dottssa dr prof prof.ssa profssa proff ing avv arch "
        "geom rag on mons gen col cap s ss st"
    ),
    "leading": "es p.es ca cfr vs c.so v.le p.za",
    "counters": "n nn nr pag pagg vol art artt tel fig ed gen feb mar apr mag giu lug ago set ott nov dic",
    "closing": "ecc etc a.c d.c s.p.a s.r.l",
}

_PORTUGUESE: Final = {
    "titles": (
        "sr sra srs sras srta srtas dr dra drs dras prof profa profª eng engª d exmo exma il ilmo ilma sto sta fr pe "
        "arq cap gen cel mons"
    ),
    "leading": "p.ex aprox cf vs av ca",
    "counters": "n nº n° núm pág págs p vol art ed tel fig jan fev mar abr mai jun jul ago set out nov dez",
    "closing": "etc ex a.c d.c s.a ltda v.exa",
}

_DUTCH: Final = {
    "titles": "dhr mevr mw mej dr drs prof ir ing mr st ds pr",
    "leading": "bijv bv d.w.z o.a i.p.v ca evt incl excl m.b.t t.o.v a.u.b zgn t/m vgl resp m.a.w nl",
    "counters": "nr nrs art blz pag jan feb mrt apr jun jul aug sep sept okt nov dec tel fig afb",
    "closing": "enz etc jl e.d e.a b.v n.v v.chr n.chr",
}

_SCANDINAVIAN_TITLES: Final = "hr fr frk dr prof adv ing kapt sr st"
_DANISH: Final = {
    "titles": _SCANDINAVIAN_TITLES,
    "leading": "d f.eks fx bl.a ca d.v.s dvs evt inkl ekskl jf vedr kl pga ift mht",
    "counters": "nr s art tlf jan feb mar apr jun jul aug sep sept okt nov dec",
    "closing": "osv m.m m.v mv mm etc f.kr e.kr",
    "leaders": "den det de min mit din dit sin sit hans hendes deres vores hver hvert denne dette d",
    "openers": (
        "han hun den det de vi jeg du i der her så men og da nu derefter bagefter derfor når hvis hvad hvem hvor"
    ),
}
_NORWEGIAN: Final = {
    **_DANISH,
    "leaders": "den det de min mitt din ditt sin sitt hans hennes deres vår vårt hver hvert denne dette",
    "openers": (
        "han hun den det de vi jeg du dere der her så men og da nå derfor deretter etterpå når hvis hva hvem hvor eg ho"
    ),
}
_SWEDISH: Final = {
    "titles": _SCANDINAVIAN_TITLES,
    "leading": "t.ex bl.a ca d.v.s dvs ev inkl exkl jfr kl p.g.a m.a.o s.k",
    "counters": "nr s art tel jan feb mar apr jun jul aug sep sept okt nov dec",
    "closing": "osv o.s.v m.m m.fl etc f.kr e.kr",
}
_FINNISH: Final = {
    "titles": "hra rva nti dr prof tri fil maist past",
    "leading": "esim ts ks vrt n mm ns ym noin",
    "counters": "nro s puh klo",
    "closing": "jne yms etc ekr jkr",
    "openers": "hän he se ne me minä sinä te tämä nämä nyt sitten siellä täällä mutta ja kun jos mitä missä kuka",
}
_CZECH: Final = {
    "titles": "p pí sl dr ing mgr bc mudr judr rndr phdr paeddr mvdr doc prof sv gen plk por kpt arch akad",
    "leading": "např tj tzv resp cca ca mj srov popř tzn vč ul nám tř",
    "counters": "č str tel obr kap odst čl s sv",
    "closing": "atd apod aj etc př.n.l n.l s.r.o a.s r",
    "leaders": "každý každé každá ten ta to tento tato toto svůj svá své můj moje její jeho jejich náš naše",
    "openers": (
        "on ona ono oni já ty my vy to ten ta a ale když pak potom tam tady teď dnes zítra včera kde kdo co proč jak "
        "protože je byl byla bylo"
    ),
}
_SLOVAK: Final = {
    **_CZECH,
    "leading": "napr tj tzv resp cca ca príp t.j tzn ul nám",
    "closing": "atď apod etc pr.n.l n.l s.r.o a.s r",
    "openers": (
        "on ona ono oni ja ty my vy to ten tá a ale keď potom tam tu teraz dnes zajtra včera kde kto čo prečo ako lebo "
        "je bol bola bolo"
    ),
}
_POLISH: Final = {
    "titles": "p pp prof doc dr hab inż mgr ks św bp abp gen płk mjr kpt por sierż red mec",
    "leading": "np tj tzn tzw m.in ok ul al pl os wg por zob ds",
    "counters": "nr s str tel poz rozdz ust art rys",
    "closing": "itd itp etc in r w n.e p.n.e sp.z.o.o",
    "leaders": "ten ta to każdy każda każde swój swoja swoje mój moja moje jego jej ich nasz nasza nasze",
    "openers": (
        "on ona ono oni one ja ty my wy to ten ta i a ale gdy kiedy potem tam tu teraz dziś jutro wczoraj gdzie kto co "
        "dlaczego jak bo jest był była było"
    ),
}
_CROATIAN: Final = {
    "titles": "g gđa gdja gđica gosp dr mr sc prof doc ing dipl akad sv gen puk mons vlč o",
    "leading": "npr tj tzv odn cca ca ul tzn usp",
    "counters": "br str tel sl čl st",
    "closing": "itd i.sl sl etc pr.kr god d.o.o d.d",
    "leaders": "svaki svaka svako taj ta to ovaj ova ovo svoj svoja svoje moj moja moje njegov njezin naš naša naše",
    "openers": (
        "on ona ono oni one ja ti mi vi to taj ta i a ali kad kada zatim onda tamo ovdje sada danas sutra jučer gdje "
        "tko što zašto kako jer je bio bila bilo"
    ),
}
_HUNGARIAN: Final = {
    "titles": "dr ifj id özv prof st gr br vitéz",
    "leading": "pl ill kb ún ui vö azaz u.n",
    "counters": "sz old tel ld",
    "closing": "stb etc i.e i.sz kft rt zrt",
    "leaders": "a az e ez egy minden",
    "openers": "ő ők én te mi ti ez az és de ha mert amikor akkor most itt ott ma tegnap holnap hol ki mit miért",
}
_RUSSIAN: Final = {
    "titles": "г гг гр гос тов проф акад доц д-р св им инж ген полк кап о",
    "leading": "т.е т.к т.н напр ул пр пл пер д кв ок см ср обл р-н",
    "counters": "стр с рис табл тел ст п гл",
    "closing": "т.д т.п др пр руб коп млн млрд тыс н.э до.н.э",
    "openers": "он она оно они я ты мы вы это тот та и а но когда потом затем там тут теперь где кто что как",
}
_UKRAINIAN: Final = {
    **_RUSSIAN,
    "titles": "м р пан проф акад доц д-р св ім інж ген полк о",
    "leading": "т.зв напр вул пл буд кв ок див пор обл р-н тобто",
    "closing": "т.д т.п ін грн коп млн млрд тис н.е",
    "openers": "він вона воно вони я ти ми ви це той та і й але коли потім там тут тепер де хто що як",
}

ABBREVIATIONS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "cs": _CZECH,
        "da": _DANISH,
        "de": _GERMAN,
        "en": _ENGLISH,
        "es": _SPANISH,
        "fi": _FINNISH,
        "fr": _FRENCH,
        "hr": _CROATIAN,
        "hu": _HUNGARIAN,
        "it": _ITALIAN,
        "nb": _NORWEGIAN,
        "nl": _DUTCH,
        "nn": _NORWEGIAN,
        "no": _NORWEGIAN,
        "pl": _POLISH,
        "pt": _PORTUGUESE,
        "ru": _RUSSIAN,
        "sk": _SLOVAK,
        "sl": _CROATIAN,
        "sr": _CROATIAN,
        "bs": _CROATIAN,
        "sv": _SWEDISH,
        "uk": _UKRAINIAN,
    }
)
