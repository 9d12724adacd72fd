"""Documents translate with what stands around a sentence, where the model follows instructions."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.engines.base import Generation
from workbench.engines.echo import Echo
from workbench.records import Article
from workbench.text.segment import segment
from workbench.translate import Translator
from workbench.translate.context import around

TEXT = "قال الوزير نعم.\n\nعاد الوفد إلى العاصمة. ثم سافر إلى باريس.\n\nولم يعلق أحد."


class Follower(Echo):
    """Reverses words as the echo does, and remembers what it was asked."""

    def __init__(self):
        super().__init__()
        self.requests = []

    def follow(self, requests, decoding):
        self.requests += requests
        return [Generation(text=" ".join(one.text.split()[::-1]), truncated=False) for one in requests]


def article(text=TEXT, name="a"):
    return Article(id=name, text=text, language="ar")


def test_each_sentence_is_shown_its_neighbours():
    engine = Follower()
    output = Translator(engine=engine, name="f").translate(article(), to="fa")
    assert [one.text for one in engine.requests] == [part.text for part in segment(TEXT, "ar")]
    second = engine.requests[1]
    assert (second.before, second.after) == ("قال الوزير نعم.", "ثم سافر إلى باريس.\n\nولم يعلق أحد.")
    assert (second.task, second.source, second.target) == ("translate", "ar", "fa")
    assert engine.requests[0].before == engine.requests[-1].after == ""
    plain = Translator(engine=Echo(), name="e").translate(article(), to="fa")
    assert output.text == plain.text
    assert output.alignment == plain.alignment
    assert "context=256" in output.decoding
    assert "context" not in plain.decoding


def test_neighbours_keep_to_their_budget():
    engine = Follower()
    Translator(engine=engine, name="f", context_tokens=4).translate(article(), to="fa")
    second = engine.requests[1]
    assert (second.before, second.after) == ("قال الوزير نعم.", "ثم سافر إلى باريس.")
    alone = Follower()
    Translator(engine=alone, name="f", context_tokens=0).translate(article(), to="fa")
    assert not alone.requests


def test_lines_are_no_document():
    engine = Follower()
    Translator(engine=engine, name="f").translate_lines(["قال نعم.", "عاد الوفد."], source="ar", target="fa")
    assert not engine.requests


def test_a_sentence_of_two_documents_is_translated_once_as_in_the_first():
    engine = Follower()
    other = article("عاد الوفد إلى العاصمة. وانتهى الخبر.", "b")
    outputs = Translator(engine=engine, name="f").translate_many([article(), other], to="fa")
    asked = [one for one in engine.requests if one.text == "عاد الوفد إلى العاصمة."]
    assert [one.before for one in asked] == ["قال الوزير نعم."]
    assert [output.article for output in outputs] == ["a", "b"]


@given(st.text(max_size=60), st.integers(min_value=0, max_value=30))
def test_neighbours_are_whole_sentences_of_the_document(text, budget):
    segments = segment(text)
    found = around(segments, budget=budget, count=len)
    assert set(found) == {part.text for part in segments if part.text.strip()}
    for near in found.values():
        assert near.before in text
        assert near.after in text
        for side in (near.before, near.after):
            assert sum(len(part.text) for part in segment(side)) <= budget or not side
