"""A language model as judge: what it is asked, and what counts as a verdict."""

import pytest

from workbench.errors import InputError
from workbench.metrics.base import Texts, counted, total
from workbench.metrics.judged import Judged, verdict


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("major: the port\nScore: 45", 45),
        ("**Score**: 87.5", 87.5),
        ("Score: 20\nAfter reading again, score: 30", 30),
        ("92", 92),
        ("I give it 0.", 0),
        ("100", 100),
        ("", None),
        ("none", None),
        ("Between 40 and 50", None),
        ("Score: 250", None),
        ("minor: 3 ships", 3),
    ],
)
def test_a_verdict_is_a_number_that_is_clearly_meant(answer, value):
    assert verdict(answer) == value


def judge(*answers, **options):
    asked = []

    def ask(prompts):
        asked.extend(prompts)
        return answers

    return Judged(**{"language": "ar", "source_language": "en", "model": "wise", "ask": ask} | options), asked


def test_verdicts_are_averaged_over_what_could_be_read():
    metric, asked = judge("Score: 80", "hm", None, "Score: 60")
    rows = metric.statistics(Texts(outputs=["نعم"] * 4, sources=["yes"] * 4, references=[("أجل",)] * 4))
    assert total(metric, rows) == 70
    assert counted(metric, rows) == 2
    assert "from English into Arabic" in asked[0]
    assert "Reference translation:\nأجل" in asked[0]
    assert (
        metric.signature() == "judged|model:wise|prompt:errors-1|reference:first|scale:100|mean:segments|v:1"
    )


def test_summaries_are_judged_by_their_article_alone():
    metric, asked = judge("Score: 50", style="summary")
    assert (
        total(metric, metric.statistics(Texts(outputs=["نص"], sources=["text"], references=[("x",)]))) == 50
    )
    assert "Article:\ntext" in asked[0]
    assert "Reference" not in asked[0]
    assert "reference:no" in metric.signature()


def test_braces_in_texts_are_texts():
    metric, asked = judge("90", style="assess")
    metric.statistics(Texts(outputs=["{output}"], sources=["{source} {0}"]))
    assert "{source} {0}" in asked[0]
    with pytest.raises(InputError, match="reads the sources"):
        metric.statistics(Texts(outputs=["x"]))
