"""Names are found where letters tell, and found again in every dress."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.text.names import missing, names
from workbench.text.places import families, is_place
from workbench.text.stems import bare_forms, forms, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The envoy met Sami Haddad in Oslo.", ["Sami", "Haddad", "Oslo"]),
        ("Officials said it rained.", []),
        ("Haddad said it rained.", ["Haddad"]),
        ("President Obama's aides left; Iranian officials stayed.", ["Obama's", "Iranian"]),
        ("NATO and the U.N. envoys met on Tuesday in March.", ["NATO", "U.N", "Tuesday"]),
        ("Ministers Agree New Sanctions After Marathon Talks in Vienna", ["Vienna"]),
        ("IRAN AGREES TO TALKS", ["IRAN"]),
        ("التقى السيد كامل في بيروت مع شركة أرامكو", ["كامل", "بيروت", "أرامكو"]),
        ("وقال الرئيس إن الوفد عاد", []),
        ("تقرير مالي عن مصرف", []),
        ("", []),
    ],
)
def test_what_is_a_name(text, found):
    assert [name.text for name in names(text)] == found


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("Talks opened in Iran.", "The Iranian side met in Iran's capital."),
        ("the syrian army left", "It said Syria was calm."),
        ("Officials of the World Health Organization met.", "The report by WHO is out."),
        ("The WHO met.", "The report by the World Health Organization is out."),
        ("He lives in America.", "She left the United States and the US."),
        ("وصل الوفد إلى واشنطن", "زيارة لواشنطن وبواشنطن"),
        ("أعلنت الحكومة الأمريكية", "في الولايات المتحدة والأميركيين"),
        ("قال كامل", "التقى السيد وكامل"),
        ("وصل الوفد إلى طهران", "The envoy arrived in Tehran, Iran."),
        ("Talks opened in Cairo.", "المحادثات في القاهرة وبمصر"),
        ("وصل الوفد", "The envoy met Sami Haddad."),
    ],
)
def test_a_name_is_found_again_in_another_dress(source, output):
    assert missing(source=source, output=output) == []


@pytest.mark.parametrize(
    ("source", "output", "lost"),
    [
        ("Talks opened in Iran.", "The talks in Iraq go on.", ["Iraq"]),
        ("Sami Haddad spoke.", "The envoy Sami Khoury spoke.", ["Khoury"]),
        ("وصل الوفد إلى طهران", "وصل الوفد إلى بغداد", ["بغداد"]),
        ("وصل الوفد إلى طهران", "The envoy arrived in Baghdad.", ["Baghdad"]),
        ("قال السيد كامل", "قال السيد مراد ثم عاد السيد مراد", ["مراد"]),
        ("He spoke in America.", "She left the United Kingdom for America.", ["United", "Kingdom"]),
    ],
)
def test_another_name_is_missed(source, output, lost):
    assert [name.text for name in missing(source=source, output=output)] == lost


def test_well_known_names_are_one_in_both_languages():
    assert families("Egyptians") == families("والمصريون") != frozenset()
    assert not is_place("مالي")
    assert is_place("لبنان")


@given(st.text(max_size=80))
def test_names_stand_where_they_say(text):
    for name in names(text):
        assert text[slice(*name.span)] == name.text
    assert missing(source=text, output=text) == []


@given(st.text(max_size=60))
def test_words_stand_where_they_say_and_are_forms_of_themselves(text):
    for word in words(text):
        assert text[slice(*word.span)] == word.text
        assert word.forms == forms(word.text)
        assert bare_forms(word.text)


@pytest.mark.shared
@pytest.mark.parametrize("language", ["en", "ar"])
def test_summaries_by_careful_writers_name_little_that_their_articles_do_not(shared, language):
    lines = (shared / "newspairs/dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines[:25]]
    sources = ["\n".join(s[language] for s in row["sentences"]) for row in rows]
    outputs = [row["summary"][language] for row in rows]
    own = sum(len(missing(source=s, output=o)) for s, o in zip(sources, outputs, strict=True))
    others = sum(len(missing(source=s, output=o)) for s, o in zip(sources[1:], outputs[:-1], strict=True))
    assert own <= len(rows) / 4
    assert others > 4 * own
