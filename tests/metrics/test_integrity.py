"""Integrity figures, each on sentences where a person can count."""

import pytest

from workbench.errors import InputError, UnknownName
from workbench.metrics import open_metric, score


def value(name, *, source, output, language="ar", **more):
    return score(name, sources=[source], outputs=[output], language=language, **more).value


@pytest.mark.parametrize(
    ("source", "output", "kept", "supported"),
    [
        ("Three ships and 12.5 tonnes on 19 July", "ثلاث سفن و١٢٫٥ طن في 19 تموز", 100, 100),
        ("15,000 people, 7 dead", "15 ألف شخص", 50, 100),
        ("15,000 people, 7 dead", "15 ألف شخص و8 قتلى", 50, 50),
        ("No figures here", "لا أرقام هنا", None, None),
        ("No figures here", "قتل 9 أشخاص", None, 0),
    ],
)
def test_numbers_are_the_same_in_any_digits_words_and_scales(source, output, kept, supported):
    assert value("numbers", source=source, output=output) == kept
    assert value("numbers-supported", source=source, output=output) == supported


@pytest.mark.parametrize(
    ("source", "output", "language", "left"),
    [
        ("The minister arrived in the city", "وصل الوزير إلى المدينة", "ar", 0),
        ("The minister arrived in the city", "وصل the minister arrived إلى المدينة", "ar", 100),
        ("He spoke to Press TV", "تحدث إلى Press TV", "ar", 0),
        ("وصل الوزير", "The وزير arrived", "en", 100),
        ("وصل الوزير إلى البلاد اليوم", "وصل الوزير إلى البلاد اليوم", "ar", 100),
        ("www.example.com", "www.example.com", "ar", 0),
        ("212", "212", "ar", None),
    ],
)
def test_text_left_standing_is_found_and_names_are_not(source, output, language, left):
    assert value("untranslated", source=source, output=output, language=language) == left


def test_letters_of_the_wrong_script_lower_the_share():
    assert score("script", outputs=["سلام"], language="ar").value == 100
    assert score("script", outputs=["سلام abcd"], language="ar").value == 50
    assert score("script", outputs=["привет"], language="ar").value == 0
    assert score("script", outputs=["123 ..."], language="ar").value is None


def test_loops_beyond_those_of_the_source_are_counted():
    assert value("loops", source="He said no", output="قال قال قال قال قال لا") == 100
    assert value("loops", source="no no no no no", output="لا لا لا لا لا") == 0
    assert value("loops", source="He said no", output="قال لا") == 0


def test_empty_outputs_count_only_where_there_was_something_to_say():
    both = score("empty", sources=["text", "text", ""], outputs=["", "نص", ""], language="ar")
    assert both.value == 50


def test_length_is_held_against_references_else_sources():
    against = score("length-ratio", outputs=["ab cd"], references=["abcdefgh"], language="en")
    assert (against.value, against.signature) == (0.5, "length-ratio|unit:characters|against:reference|v:1")
    against = score("length-ratio", outputs=["abcd"], sources=["ab"], language="en")
    assert (against.value, against.signature) == (2, "length-ratio|unit:characters|against:source|v:1")
    with pytest.raises(InputError, match="needs references or sources"):
        score("length-ratio", outputs=["a"], language="en")


def test_sources_are_asked_for_and_matching_is_for_references_alone():
    with pytest.raises(InputError, match="numbers reads the sources"):
        score("numbers", outputs=["1"], language="ar")
    with pytest.raises(UnknownName, match="compares with no reference"):
        open_metric("numbers-matching", language="ar")


@pytest.mark.shared
def test_the_known_ranking_of_left_over_latin_comes_out(shared):
    """Argos leaves many English words in its Arabic; Microsoft and NLLB hardly any."""
    folder = shared / "eval" / "flores-dev" / "en-ar"

    def share(system):
        texts = [
            (folder / name).read_text(encoding="utf-8").rstrip("\n").split("\n") for name in (system, "en")
        ]
        return score("untranslated", outputs=texts[0], sources=texts[1], language="ar").value

    assert share("argos.ar") > 10
    assert share("microsoft.ar") < 3
    assert share("nllb.ar") < 1
