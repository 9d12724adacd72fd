"""Bytes become text in every encoding that Arabic and English news comes in; what is no text is refused."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import EncodingError
from workbench.sources.encoding import decode, guess_encoding

ARABIC = (
    "قال وزير الخارجية، في مؤتمر صحفي عقده اليوم، إن المحادثات ستستأنف غدا في فيينا بمشاركة وفود من عشر دول.\n"
    "وأضاف أن الطرفين اتفقا على جدول زمني ينتهي قبل نهاية الشهر؟"
)
ENGLISH = "The minister said that the talks go on. “Nobody has signed,” he added – the café was closed for the fête."
FRENCH = (
    "« Le ministre s’est déclaré prêt à négocier », a-t-il annoncé à l’été dernier – « où que ce soit, même à Évian »\n"
    "La délégation française a été reçue à l’Élysée, où elle a présenté ses conditions… à 20 °C."
)
PLAIN = "The minister said that the talks go on and that nobody has signed anything yet.\n" * 3


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "windows-1256", "iso-8859-6"],
)
def test_arabic_is_decoded(encoding):
    assert decode(ARABIC.encode(encoding), name="x").text == ARABIC


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252", "windows-1256"]
)
def test_english_is_decoded(encoding):
    data = ENGLISH.replace("ê", "e").encode(encoding)
    assert decode(data, name="x").text == ENGLISH.replace("ê", "e")


@pytest.mark.parametrize("encoding", ["ascii", "utf-16-le", "utf-16-be"])
def test_plain_english_is_decoded(encoding):
    assert decode(PLAIN.encode(encoding), name="x").text == PLAIN


def test_a_mark_wins_over_what_was_declared():
    decoded = decode(codecs.BOM_UTF8 + ARABIC.encode(), name="x", declared="windows-1256")
    assert decoded.text == ARABIC
    assert decoded.warnings == ("declared as windows-1256, read as utf-8-sig",)


def test_valid_utf8_wins_over_a_wrong_declaration():
    assert decode(ARABIC.encode(), name="x", declared="iso-8859-6").text == ARABIC


def test_a_right_declaration_is_followed_without_a_word():
    decoded = decode("قال".encode("iso-8859-6"), name="x", declared="ISO-8859-6")
    assert (decoded.text, decoded.warnings) == ("قال", ())


def test_an_unknown_declaration_is_passed_over():
    assert decode(ARABIC.encode("windows-1256"), name="x", declared="x-nonsense").text == ARABIC


def test_a_character_cut_at_the_end_is_told():
    decoded = decode(ARABIC.encode()[:-1], name="x")
    assert decoded.text[:-1] == ARABIC[:-1]
    assert decoded.warnings == ("1 characters could not be decoded as utf-8",)


@pytest.mark.parametrize("stray", [b"\xe9", b"\xa0"])
@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1"])
def test_a_stray_byte_does_not_turn_english_in_utf8_into_another_encoding(stray, declared):
    data = ENGLISH.encode() + stray + b" The talks go on."
    decoded = decode(data, name="x", declared=declared)
    assert decoded.text == f"{ENGLISH}\ufffd The talks go on."
    assert decoded.warnings == ("1 characters could not be decoded as utf-8",)


@pytest.mark.parametrize("cut", [1, 2])
def test_a_look_that_cuts_a_character_does_not_turn_utf8_into_another_encoding(cut):
    assert guess_encoding("The café said “Yes”".encode()[:-cut], name="x", declared="utf-8") == "utf-8"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ARABIC, "windows-1256"),
        ("«قال»، «نعم»؛ “أين گورباتشوف؟” – و«لا»…", "windows-1256"),
        (f"{ARABIC} (déclaré à l’agence “France-Presse”)", "windows-1256"),
        (FRENCH, "windows-1252"),
        (ENGLISH, "windows-1252"),
        ("He sat in the café", "windows-1252"),
        ("He sat in the café” – she didn’t", "windows-1252"),
        ("It’s here", "windows-1252"),
    ],
)
@pytest.mark.parametrize("declared", [None, "utf-8"])
def test_code_pages_are_not_taken_for_utf8(text, encoding, declared):
    assert decode(text.encode(encoding), name="x", declared=declared).text == text


def test_a_few_broken_bytes_do_not_turn_utf8_into_another_encoding():
    data = ARABIC.encode()[:40] + b"\xff" + ARABIC.encode()[40:]
    assert guess_encoding(data, name="x") == "utf-8"


@pytest.mark.parametrize(
    "data", [b"%PDF-1.4\n", b"PK\x03\x04rest", b"\x89PNG\r\n\x1a\n", bytes(range(256)) * 20]
)
def test_binary_is_refused_with_a_cure(data):
    with pytest.raises(EncodingError, match=r"x\.bin is no text") as caught:
        decode(data, name="x.bin")
    assert caught.value.cure


@given(st.text(min_size=1))
def test_utf8_text_survives_unless_it_looks_binary(text):
    try:
        decoded = decode(codecs.BOM_UTF8 + text.encode(), name="x")
    except EncodingError:
        return
    assert decoded.text == text


@given(st.binary())
def test_any_bytes_decode_or_are_refused(data):
    try:
        text = decode(data, name="x").text
    except EncodingError:
        return
    assert isinstance(text, str)
