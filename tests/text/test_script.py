import pytest

from workbench.text.script import (
    localise,
    runs,
    script_of,
    script_of_letter,
    scripts,
    share,
    to_translate,
    without_addresses,
)


@pytest.mark.parametrize(
    ("text", "code", "stretches"),
    [
        ("قال Prime Minister Keir إن BBC", "Latn", ["Prime Minister Keir", "BBC"]),
        ("he said مُحَمَّد، وزير الدفاع in Cairo", "Arab", ["مُحَمَّد، وزير الدفاع"]),
        ("12 % — …", "Latn", []),
        ("don't well-known", "Latn", ["don't well-known"]),
        ("", "Arab", []),
    ],
)
def test_runs_are_stretches_of_one_script(text, code, stretches):
    assert [text[start:end] for start, end in runs(text, code)] == stretches


def test_shares_are_of_letters_and_undefined_without():
    assert share("abcع 123", "Latn") == 0.75
    assert share("abc", "Arab") == 0
    assert share("12!", "Latn") is None
    assert scripts("да ab ع 日 1") == {"Cyrl": 2, "Latn": 2, "Arab": 1, "Hani": 1}


def test_scripts_are_known_by_language_and_letter():
    assert [script_of(tag) for tag in ("ar-EG", "fa", "en", "ru", "zh-Hant")] == [
        "Arab",
        "Arab",
        "Latn",
        "Cyrl",
        "Hani",
    ]
    assert [script_of_letter(char) for char in "عéж7!"] == ["Arab", "Latn", "Cyrl", None, None]


@pytest.mark.parametrize(
    "address", ["https://alalam.ir/news/1?a=b", "www.alalam.ir", "news@alalam.ir", "@alalam", "alalam.ir"]
)
def test_addresses_are_blanked_in_place(address):
    text = f"انظر {address} اليوم"
    assert without_addresses(text) == f"انظر {' ' * len(address)} اليوم"


@pytest.mark.parametrize("unit", ["ab", "a-", "a.", "@", "a@"])
def test_a_long_text_without_spaces_is_searched(unit):
    assert len(without_addresses(unit * 50_000)) == len(unit) * 50_000


@pytest.mark.parametrize(
    ("text", "needed"),
    [("212", False), ("BBC", False), ("www.alalam.ir", False), ("قال", True), ("قال BBC", True), ("", False)],
)
def test_only_words_of_the_other_script_are_translated(text, needed):
    assert to_translate(text, "ar", "en") is needed


def test_digits_are_localised_for_readers_of_latin_script():
    assert localise("١٢٫٥٪", "en") == "12.5%"
    assert localise("١٢٫٥٪", "ar") == "١٢٫٥٪"
