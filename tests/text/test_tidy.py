import pytest

from workbench.text.tidy import tidy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("«قالَ»  ١٢٪", '"قال" 12%'),
        ("كِتَابٌ\u200f جديد", "كتاب جديد"),
        ("ایران و کشور", "ايران و كشور"),
        ("It’s “fine”\t now", 'It\'s "fine" now'),
        ("١٢٫٥ و ١٬٢٠٠", "12.5 و 1,200"),
    ],
)
def test_lines_are_tidied_as_the_model_sees_them(text, expected):
    assert tidy(text) == expected
