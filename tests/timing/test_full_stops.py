"""Full stops: titles, abbreviations and ordinals end no sentence; true ends do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.timing.abbreviations import ABBREVIATIONS, FIELDS
from clipaudio.timing.full_stops import Verdict, find_abbreviations, judge_full_stop
from clipaudio.timing.sentences import find_sentences
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.words import find_words

LANGUAGES = sorted(ABBREVIATIONS)
ORDINALS = ["cs", "da", "de", "fi", "hr", "hu", "nb", "no", "pl"]


def sentences_of(text, language):
    letters = Timeline(tuple(text), np.arange(len(text))[:, None] / 10 + [0, 0.1])
    return list(find_sentences(letters, find_words(letters), language=language).labels)


def test_tables_have_one_form():
    for table in ABBREVIATIONS.values():
        assert set(table) <= set(FIELDS)
        assert all(words == words.lower() for words in table.values())
        assert not any(word.endswith(".") for words in table.values() for word in words.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_ends_after_a_title_before_a_name(language):
    for title in sorted(find_abbreviations(language)[0]):
        text = f"Xq {title.capitalize()}. Zorgan xq."
        assert sentences_of(text, language) == [text], title


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_ends_after_an_abbreviation_before_a_lower_case_word(language):
    for word in sorted(set().union(*find_abbreviations(language))):
        text = f"Xq {word}. zorgan xq. Zu."
        assert len(sentences_of(text, language)) < 3, word
        assert sentences_of(text, language)[0].endswith("xq."), word


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_ends_after_an_abbreviation_before_a_number(language):
    titles, others = find_abbreviations(language)
    for word in sorted(titles | others):
        text = f"Xq {word.capitalize()}. 5 xq."
        assert sentences_of(text, language) == [text], word


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We saw Ms. Hale, Mr. Who and the U.S. Senate."),
        ("en", "See Fig. 3, No. 5 and Sept. 11 at 5 p.m. sharp."),
        ("en", "She said “Dr. Lee” twice."),
        ("es", "La Dña. Ana y el sr. Paz vieron a D. Luis, p. ej. el lunes."),
        ("fr", "Ce soir, M. Le Blanc et Mme. Roy voient Mgr. Petit à St. Malo, av. J.-C. ou après."),
        ("it", "Il sig. Neri, la sig.ra Blu e l'Ing. Gallo vanno, p. es. domani."),
        ("pt", "O Sr. Lobo e a Dra. Cruz leem a pág. 5, p. ex. hoje."),
        ("nl", "Dhr. De Boer en mevr. Kok komen, d.w.z. om ca. 5 uur."),
        ("de", "Hr. Dr. med. Voss kommt z. B. am 31. Dezember auf den 2. Platz."),
        ("de", "Im 19. Jahrhundert, am 3. 4. 1850, gewann er das 2. Mal."),
        ("de", "Ludwig XIV. lebte im XVII. Jahrhundert."),
        ("da", "Hr. Holm fik en 2. plads den 31. december, bl.a. i går."),
        ("no", "Dr. Moe fikk 2. plass den 31. desember."),
        ("nb", "Han kom på den 2. Plassen i dag."),
        ("fi", "Se oli 31. joulukuuta ja 2. sija, esim. nyt."),
        ("cs", "Pan Ing. Malý byl 31. prosince na 2. místě, např. včera."),
        ("pl", "Było to 31. grudnia, np. dla prof. Wilka z 2. klasy."),
        ("hr", "Gosp. Horvat je 31. prosinca bio na 2. mjestu."),
        ("hu", "Dr. Nagy 2031. december 31. napján a 2. helyen volt."),
        ("de", "Anna siegt bzw. 2. Platz für Anna."),
        ("sw", "Bw. Juma na Dkt. Asha wako hapa."),
        ("en", "Version 2. and so on."),
        ("en", "He met Ms.\u00a0Hale. then he left."),
        ("en", "One.\u00a0Two."),
    ],
)
def test_text_is_one_sentence(language, text):
    assert sentences_of(text, language) == [text]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "It's 5 p.m. | We leave."),
        ("en", "She works at Acme Inc. | She likes it."),
        ("en", "It was in 1999. | Then it was 12. | He lives in the U.S. | They do, too."),
        ("en", "Plan B. | Then we go. | The answer is no. | Five people left. | He did a rep. | Bob too."),
        ("en", "Hmm. | Bob left. | We saw TV. | Bob too."),
        ("en", "one thing. | another thing? | mr. smith said so."),
        ("de", "Wir waren 12. | Dann kamen wir am 5. | Es war 1999. | Peter ging."),
        ("de", "Er sah die Frau. | Anna ging. | Brot, Käse usw. | Dann ging er."),
        ("fi", "Hän oli 5. | Se oli hyvä."),
        ("nl", "Boter, kaas enz. | Wij gaan."),
        ("es", "Pan, vino etc. | El resto no."),
        ("es", "Hay un plan D. | Es bueno."),
        ("ru", "Он жил и т. д. | Потом ушел."),
        ("de", "Siehe Nr. 8 auf S. 12. | Schön. | Mehr in Abs. 3. | Karl weiß es."),
        ("da", "Læs s. 9. | Fint."),
        ("cs", "Je to na str. 4. | Dobře."),
    ],
)
def test_true_ends_stay(language, text):
    wanted = text.split(" | ")
    assert sentences_of(" ".join(wanted), language) == wanted


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", 'well, that was it. | what now? | so I think I\'m done! | "fine." | (bye.) | ok.'),
        ("en", "we met dr. roe at 9 a.m. on friday, etc. and so on. | see no. 4. | then j. r. poe... left."),
        ("de", "morgen kommt hr. dr. kurz. | am 3. mai z. b. war er da. | war er 12. | dann nicht?"),
        ("fr", "on a vu mme. petit. | et vous ? | nous aussi, p. ex. hier !"),
        ("es", "vino el sr. paz. | ¿y luego? | nada."),
        ("it", "ecco il sig. neri. | e poi? | basta."),
        ("ru", "он ушел. | и что? | ничего."),
    ],
)
def test_text_without_capitals_has_sentences_too(language, text):
    wanted = text.split(" | ")
    assert sentences_of(" ".join(wanted), language) == wanted


@pytest.mark.parametrize("language", ORDINALS)
@given(number=st.integers(1, 999))
def test_a_number_before_a_lower_case_word_is_an_ordinal(language, number):
    assert judge_full_stop(("", "xq"), f"{number}.", "zorgan", language=language) is Verdict.TIED


@given(st.tuples(st.text(max_size=9), st.text(max_size=9)), st.text(max_size=9), st.text(max_size=9))
def test_any_tokens_get_a_verdict_and_lower_case_begins_no_sentence(before, token, after):
    for language in ("de", "en", "xx"):
        verdict = judge_full_stop(before, f"{token}.", after, language=language)
        if after[:1].islower() and verdict is Verdict.OPEN:
            assert not token[-1:].isalnum() or not token.isalnum()


@given(st.text(alphabet='aB.?! 1\u00a0é"(M', max_size=40), st.sampled_from(["en", "de", "fr"]))
def test_no_sentence_begins_with_a_lower_case_letter_beside_capitals(text, language):
    found = sentences_of(text, language)
    if not text.islower():
        assert not any(sentence[0].islower() for sentence in found[1:])
