"""What the guards catch, and what they leave alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import guards

AR_EN, EN_AR = ("ar", "en"), ("en", "ar")


def kinds(source, output, languages=AR_EN):
    return {flag.kind for flag in guards.check(source=source, output=output, languages=languages)}


@pytest.mark.parametrize(
    ("source", "output", "languages"),
    [
        ("قال الوزير إن المدرسة فتحت اليوم.", "The minister said the school opened today.", AR_EN),
        ("أصيب ٣٤ شخصا", "34 people were hurt", AR_EN),
        ("أصيب ۳۴ شخصا", "34 people were hurt", AR_EN),
        ("بلغ العدد 15 ألفا", "The number reached 15,000", AR_EN),
        ("Three were hurt.", "أصيب 3 أشخاص.", EN_AR),
        ("Press TV reported the news on Monday.", "أفادت قناة Press TV بالخبر يوم الاثنين.", EN_AR),
        ("Konami will not release Six Days in Fallujah.", "لن تصدر كونامي لعبة Six Days in Fallujah.", EN_AR),
        (
            "Write to info@alalam.ir or see www.alalam.ir.",
            "راسلوا info@alalam.ir أو زوروا www.alalam.ir.",
            EN_AR,
        ),
        ("NATO", "NATO", EN_AR),
        ("نعم", "Yes", AR_EN),
        ("يا يا يا يا يا قال الطفل", "Oh oh oh oh oh, the child said", AR_EN),
        ("الفصل الأول ............. 12", "Chapter one ............. 12", AR_EN),
        ("وصف α بأنها أول حرف", "It called α the first letter", AR_EN),
    ],
)
def test_good_translations_pass(source, output, languages):
    assert kinds(source, output, languages) == set()


@pytest.mark.parametrize(
    ("source", "output", "languages", "kind"),
    [
        ("قال الوزير نعم", "", AR_EN, "empty"),
        ("قال الوزير نعم", " \n", AR_EN, "empty"),
        ("أصيب ٣٤ شخصا", "43 people were hurt", AR_EN, "number"),
        ("أصيب شخص", "In 2019 a person was hurt", AR_EN, "number"),
        ("قال الوزير إن المدرسة فتحت", "The وزير said the school opened", AR_EN, "untranslated"),
        ("The minister said yes today", "قال the minister said yes اليوم", EN_AR, "untranslated"),
        ("Libya prime minister", "Libya prime minister", EN_AR, "untranslated"),
        ("Libya", "Libya", EN_AR, "untranslated"),
        ("قال الوزير إن المدرسة فتحت", "министр сказал что школа открылась", AR_EN, "script"),
        ("قال الوزير إن المدرسة فتحت", "The minister said 学校 opened", AR_EN, "script"),
        ("قال الوزير إن المدرسة فتحت", "the man the man the man the man", AR_EN, "loop"),
        ("قال الوزير إن المدرسة فتحت", "The minister no no no no", AR_EN, "loop"),
        ("قال الوزير إن المدرسة فتحت", "The minister hahahahahahaha said", AR_EN, "loop"),
        ("قال الوزير إن المدرسة فتحت", "The minister said ........ . . . . . .", AR_EN, "loop"),
        ("قال الوزير إن المدرسة فتحت", "The minister said \ufffd school opened", AR_EN, "script"),
        ("قال الوزير نعم", "The minister said yes " + "and other things besides that " * 2, AR_EN, "length"),
        ("قال الوزير إن المدرسة فتحت أبوابها اليوم في الشمال", "Yes", AR_EN, "length"),
        (
            "he went to the market to buy bread",
            "he went to the market to buy bread",
            ("en", "fr"),
            "untranslated",
        ),
    ],
)
def test_bad_translations_are_flagged(source, output, languages, kind):
    assert kind in kinds(source, output, languages)


def test_going_in_circles_is_a_loop_too():
    names = ("one", "two", "three", "four", "five", "six")
    output = " and ".join(f"the minister of the state of {name} said" for name in names)
    assert "loop" in kinds("قال وزير واحد ووزير اثنان ووزير ثلاثة ووزير أربعة ووزير خمسة ووزير ستة", output)


def test_spans_point_at_the_fault():
    source, output = "قتل 12 شخصا في المدينة", "The وزير said 99 in the city"
    for flag in guards.check(source=source, output=output, languages=AR_EN):
        if flag.kind == "untranslated":
            assert output[slice(*flag.output_span)] == "وزير"
        elif flag.source_span:
            assert source[slice(*flag.source_span)] == "12"
        else:
            assert output[slice(*flag.output_span)] == "99"


def test_an_empty_output_is_graver_than_any_other():
    grave = guards.severity(guards.empty(source="نعم", output=""))
    assert grave > guards.severity(guards.check(source="قتل 12 شخصا", output="министр 13", languages=AR_EN))
    assert guards.severity(()) == 0


@pytest.mark.parametrize(
    ("output", "cut"),
    [
        ("well, the man the man the man the man went", "well, the man went"),
        ("no no no no", "no"),
        ("hahahahahahaha", "ha"),
        ("a fine day", "a fine day"),
    ],
)
def test_a_loop_is_cut_to_one(output, cut):
    text, span = guards.cut_loop(output, source="")
    assert text == cut
    assert (span is None) == (output == cut)


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from([AR_EN, EN_AR, ("en", "fr")]))
def test_any_text_can_be_looked_at_and_spans_stay_inside(source, output, languages):
    for flag in guards.check(source=source, output=output, languages=languages):
        for span, text in ((flag.source_span, source), (flag.output_span, output)):
            assert span is None or 0 <= span[0] < span[1] <= len(text)
    cut, _ = guards.cut_loop(output, source=source)
    assert len(cut) <= len(output)


@pytest.mark.shared
def test_translations_by_people_are_left_alone(shared):
    flagged = total = 0
    for line in (shared / "newspairs" / "dev.jsonl").read_text(encoding="utf-8").splitlines():
        article = json.loads(line)
        for pair in (article["title"], article["summary"], *article["sentences"]):
            for source, target in (AR_EN, EN_AR):
                total += 1
                flagged += bool(kinds(pair[source], pair[target], (source, target)))
    assert flagged / total < 0.01


@pytest.mark.shared
def test_what_argos_leaves_in_english_is_seen(shared):
    folder = shared / "eval" / "flores-dev" / "en-ar"

    def lines(name):
        return (folder / name).read_text(encoding="utf-8").split("\n")

    def left(system):
        pairs = zip(lines("en"), lines(system), strict=True)
        return sum(bool(guards.untranslated(source=s, output=o, languages=EN_AR)) for s, o in pairs)

    assert left("argos.ar") > 100
    assert left("ar") <= 2
