"""What the echo promises beyond the contract that all engines share."""

import numpy as np
import pytest

from workbench.engines import ENGINES
from workbench.engines.base import Decoding, ModelSpec
from workbench.engines.echo import Echo
from workbench.errors import EngineError, UnsupportedPair


def test_words_come_back_in_reverse():
    (answer,) = Echo().generate(["قالت الوزيرة إن المدرسة فتحت"], Decoding())
    assert answer.text == "فتحت المدرسة إن الوزيرة قالت"
    assert answer.tokens == 5


def test_it_is_found_by_name_and_takes_a_spec():
    engine = ENGINES.load("echo")(ModelSpec(name="parrot", path="", max_input_tokens=3))
    assert engine.name == "parrot"
    assert engine.generate(["a b c d"], Decoding())[0].text == "c b a"
    assert engine.generate(["a b c d"], Decoding())[0].truncated


def test_a_language_without_a_code_is_refused_when_codes_are_given():
    engine = Echo(ModelSpec(name="parrot", path="", codes={"ar": "ara", "en": "eng"}))
    engine.generate(["text"], Decoding(), source="ar-EG", target="en")
    with pytest.raises(UnsupportedPair, match="It knows ar, en"):
        engine.generate(["text"], Decoding(), source="ar", target="fr")


def test_sampling_is_refused():
    with pytest.raises(EngineError, match="temperature to 0"):
        Echo().generate(["text"], Decoding(temperature=1.0))


def test_vectors_of_texts_that_share_words_are_nearer():
    one, two, three = Echo().encode(["the minister said", "said the minister", "rain fell"])
    assert one @ two == pytest.approx(1)
    assert np.dot(one, three) < 0.5
