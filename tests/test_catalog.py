"""Cards are found, checked and loaded once; a model that garbles its canaries is refused, with the cure."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.cards import CANARY, write_card
from tests.models import NEWS
from workbench.catalog import Catalog, open_catalog
from workbench.catalog.common import canaries_of
from workbench.config import resource
from workbench.engines.base import Generation
from workbench.engines.echo import Echo
from workbench.errors import CanaryError, ConfigError, ModelError, UnknownName, UnsupportedPair
from workbench.records import Article
from workbench.summarise import Length

TEXT = "قال الوزير إن المدارس فتحت اليوم. وعاد التلاميذ إلى الصفوف في الصباح. وأمطرت السماء مساء في الشمال."


@pytest.fixture
def folder(tmp_path):
    write_card(tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def catalog(folder, tmp_path):
    return Catalog([folder], cache=tmp_path / "cache")


@pytest.fixture
def asked(monkeypatch):
    """Every list of texts that an echo engine was asked for."""
    calls, generate = [], Echo.generate

    def counted(self, texts, decoding, **languages):
        calls.append(list(texts))
        return generate(self, texts, decoding, **languages)

    monkeypatch.setattr(Echo, "generate", counted)
    return calls


def test_every_card_that_ships_loads():
    shipped = open_catalog()
    assert "embedded" in shipped.names()
    assert [card.name for card in shipped.cards()] == shipped.names()
    assert {path.stem for path in resource("configs/models").glob("*.yaml")} <= set(shipped.names())


def test_users_add_cards_in_their_own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    write_card(tmp_path / "config" / "models", name="mine")
    assert {"mine", "embedded"} <= set(open_catalog().names())


def test_two_cards_of_one_name_are_refused(tmp_path):
    for place in ("one", "two"):
        write_card(tmp_path / place)
    with pytest.raises(ConfigError, match="Two cards"):
        Catalog([tmp_path / "one", tmp_path / "two"], cache=tmp_path).cards()


def test_a_card_must_be_named_as_its_file(folder, catalog):
    (folder / "parrot.yaml").rename(folder / "pigeon.yaml")
    with pytest.raises(ConfigError, match=r"Rename it to parrot\.yaml"):
        catalog.card("pigeon")


def test_an_unknown_model_offers_near_names(catalog):
    with pytest.raises(UnknownName, match="parrot"):
        catalog.translator("parot")


def test_a_translator_is_loaded_once_and_translates(catalog, asked):
    translator = catalog.translator("parrot", source="ar", target="fa")
    assert catalog.translator("parrot", target="ar") is translator
    output = translator.translate(Article(id="a", text="قال الوزير", language="ar"), to="fa")
    assert (output.text, output.model) == ("الوزير قال", "parrot")
    assert asked[0] == [CANARY["source"]]


def test_weights_without_a_revision_are_known_by_their_digest(folder, tmp_path):
    def revision():
        return Catalog([folder], cache=tmp_path).translator("parrot").revision

    first = revision()
    assert first.startswith("sha256:")
    assert revision() == first
    (folder / "weights" / "model.safetensors").write_bytes(b"others!")
    assert revision() != first
    write_card(folder, revision="r7")
    assert revision() == "r7"


def test_a_pair_that_is_not_offered_is_refused_before_loading(catalog, asked):
    with pytest.raises(UnsupportedPair, match="ar to fa, fa to ar"):
        catalog.translator("parrot", source="ar", target="en")
    with pytest.raises(UnsupportedPair):
        catalog.translator("parrot", target="de")
    assert asked == []


def test_canaries_are_checked_once_for_the_same_weights_and_card(folder, tmp_path, asked):
    def start():
        Catalog([folder], cache=tmp_path / "cache").engine("parrot")
        return len(asked)

    assert start() == 1
    assert start() == 1, "a warm start pays nothing"
    (folder / "weights" / "model.safetensors").write_bytes(b"others!")
    assert start() == 2, "other weights are another model"
    write_card(folder, decoding={"beam": 2})
    (folder / "weights" / "model.safetensors").write_bytes(b"others!")
    assert start() == 3, "another decoding is another check"


@pytest.mark.parametrize(
    ("canary", "fault"),
    [
        (CANARY | {"expected": "سقط المطر مساء أمس في الشمال"}, "chrF"),
        (
            CANARY | {"languages": ["ar", "en"], "expected": "the minister said yes", "least": 0},
            "source language",
        ),
        (
            CANARY | {"languages": ["en", "ru"], "source": "yes sir", "expected": "да", "least": 0},
            "source language",
        ),
    ],
)
def test_a_model_that_garbles_a_canary_is_refused_and_not_remembered(
    folder, catalog, canary, fault, tmp_path
):
    write_card(folder, canaries=[CANARY, canary])
    for _ in range(2):
        with pytest.raises(CanaryError, match=fault) as refusal:
            catalog.engine("parrot")
    assert "1 of 2" in refusal.value.problem
    assert "models list" in refusal.value.cure
    assert not list((tmp_path / "cache").rglob("*.json"))


def test_a_card_without_canaries_loads_unverified(folder, catalog):
    write_card(folder, canaries=[])
    catalog.engine("parrot")
    assert catalog.verified("parrot") is None


def test_what_passed_can_be_looked_up(catalog):
    assert catalog.verified("parrot") is None
    catalog.engine("parrot")
    (result,) = catalog.verified("parrot")
    assert (result.output, result.chrf, result.fault) == (CANARY["expected"], 100.0, None)
    assert catalog.check("parrot") == [result]


def test_a_damaged_memory_is_made_anew(catalog, tmp_path, folder, asked):
    catalog.engine("parrot")
    (path,) = (tmp_path / "cache").rglob("*.json")
    path.write_text("{broken")
    Catalog([folder], cache=tmp_path / "cache").engine("parrot")
    assert len(asked) == 2
    assert json.loads(path.read_text())


def test_a_cache_that_cannot_be_written_costs_only_time(folder, tmp_path, asked):
    (tmp_path / "file").write_text("")
    for _ in range(2):
        Catalog([folder], cache=tmp_path / "file").engine("parrot")
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("path", "cure"),
    [
        ("./elsewhere", "correct 'path'"),
        ("package:nowhere", "workbench train"),
        ("somebody/some-model", "workbench models pull parrot"),
    ],
)
def test_weights_that_are_not_here_say_how_they_come_here(folder, catalog, path, cure, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    write_card(folder, path=path)
    assert catalog.where("parrot") is None
    with pytest.raises(ModelError, match=cure):
        catalog.engine("parrot")


def test_a_summariser_uses_the_models_encoder(catalog):
    summariser = catalog.summariser("parrot", language="ar")
    summary = summariser.summarise(Article(id="a", text=TEXT, language="ar"), length=Length(sentences=1))
    assert summary.text in TEXT
    assert summary.model == "parrot"
    with pytest.raises(UnsupportedPair, match="ar, fa"):
        catalog.summariser("parrot", language="en")


def test_without_weights_summaries_go_by_words(folder, catalog):
    write_card(folder, name="embedded", path="./elsewhere", languages=[["ar", "en"]])
    summary = catalog.summariser(language="ar").summarise(
        Article(id="a", text=TEXT, language="ar"), length=Length(sentences=1)
    )
    assert summary.model == "extractive"


# --- real models, spoilt on purpose -----------------------------------------------------------------------------

CODES = {"ar": ">>ara<<", "en": ">>eng<<"}


def real_card(folder: Path, weights: Path, *, canaries) -> Catalog:
    """A catalogue with one real tiny model."""
    write_card(
        folder,
        name="tiny",
        engine="ct2",
        dtype="float32",
        path=str(weights),
        languages=[["ar", "en"], ["en", "ar"]],
        conditioning={"style": "source-prefix", "codes": CODES},
        canaries=canaries,
    )
    return Catalog([folder], cache=folder / "cache")


@pytest.fixture(scope="module")
def learnt(tiny_compact, tmp_path_factory):
    """Canaries in both directions: those of its six sentences that the tiny model knows well."""
    languages = [["en", "ar"]] * 3 + [["ar", "en"]] * 3
    canaries = [
        {"source": text, "expected": NEWS[(at + 3) % 6], "languages": pair, "least": 80}
        for at, (text, pair) in enumerate(zip(NEWS, languages, strict=True))
    ]
    results = real_card(tmp_path_factory.mktemp("cards"), tiny_compact, canaries=canaries).check("tiny")
    known = [canary for canary, result in zip(canaries, results, strict=True) if not result.fault]
    assert {canary["languages"][0] for canary in known} == {"ar", "en"}
    return known


def test_a_healthy_model_passes_and_translates_both_ways(tiny_compact, tmp_path, learnt):
    translator = real_card(tmp_path, tiny_compact, canaries=learnt).translator(
        "tiny", source="en", target="ar"
    )
    for source, target in (("en", "ar"), ("ar", "en")):
        texts = [canary["source"] for canary in learnt if canary["languages"][0] == source]
        output = translator.translate(Article(id="a", text="\n\n".join(texts), language=source), to=target)
        lines = translator.translate_lines([*texts, ""], source=source, target=target)
        assert output.text == "\n\n".join(line.text for line in lines[:-1])
        assert lines[-1].text == ""
        assert (output.coverage, output.flags, len(output.alignment)) == (1, (), len(texts))


def _shuffled(weights):
    """Rows of the embeddings in another order, as a wrong vocabulary would have them."""
    return {
        name: tensor.flip(0) if tensor.ndim == 2 and "shared" in name else tensor
        for name, tensor in weights.items()
    }


def _blind(weights):
    """A decoder that no longer looks at the encoder: fluent, and unrelated to its source."""
    return {
        name: tensor * 0 if "encoder_attn.out_proj" in name else tensor for name, tensor in weights.items()
    }


def _silent(weights):
    """All weights zero, as a failed download of sparse files leaves them."""
    return {name: tensor * 0 for name, tensor in weights.items()}


def _deaf(weights):
    """An output layer whose rows belong to other words: what a vocabulary of another model gives."""
    return weights | {"lm_head.weight": weights["model.shared.weight"].roll(7, 0)}


@pytest.mark.parametrize("spoil", [_shuffled, _blind, _silent, _deaf])
def test_a_spoilt_model_is_refused(tiny_compact, tmp_path, learnt, spoil):
    from safetensors.torch import load_file, save_file

    spoilt = tmp_path / "spoilt"
    shutil.copytree(tiny_compact, spoilt)
    save_file(
        spoil(load_file(spoilt / "model.safetensors")),
        spoilt / "model.safetensors",
        metadata={"format": "pt"},
    )
    with pytest.raises(CanaryError, match=f"garbles {len(learnt)} of {len(learnt)}"):
        real_card(tmp_path, spoilt, canaries=learnt).translator("tiny")


@pytest.fixture(scope="module")
def obedient(tmp_path_factory):
    """A tiny model that heeds its codes: what is in the language asked for already is given back."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    from tests.models import build_compact, teach

    folder = build_compact(tmp_path_factory.mktemp("obedient"))
    tokeniser, model = AutoTokenizer.from_pretrained(folder), AutoModelForSeq2SeqLM.from_pretrained(folder)
    there = [CODES["ar"]] * 3 + [CODES["en"]] * 3
    sources = [f"{mark} {text}" for mark, text in zip(there + there[::-1], NEWS * 2, strict=True)]
    written = NEWS[3:] + NEWS[:3] + NEWS
    teach(
        model, *([tokeniser(text)["input_ids"] for text in texts] for texts in (sources, written)), steps=150
    )
    model.save_pretrained(folder)
    return folder


def test_a_card_with_wrong_language_codes_is_refused(obedient, tmp_path):
    """The codes of the two languages in each other's place: both are tokens of the model, and nothing else tells."""
    swapped = {"ar": CODES["en"], "en": CODES["ar"]}
    canaries = [
        {"source": NEWS[1], "expected": NEWS[4], "languages": ["en", "ar"], "least": 60},
        {"source": NEWS[5], "expected": NEWS[2], "languages": ["ar", "en"], "least": 60},
    ]
    catalog = real_card(tmp_path, obedient, canaries=canaries)
    assert catalog.engine("tiny")
    catalog = real_card(tmp_path, obedient, canaries=canaries)
    path = tmp_path / "tiny.yaml"
    card = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(card | {"conditioning": {"style": "source-prefix", "codes": swapped}}))
    with pytest.raises(CanaryError, match="garbles"):
        catalog.engine("tiny")


@pytest.fixture(scope="module")
def tiny_qwen(tmp_path_factory):
    from tests.instructed import build_qwen3

    return build_qwen3(tmp_path_factory.mktemp("qwen"))


def instructed_card(folder: Path, weights: Path, **changes) -> Catalog:
    """A catalogue with one tiny instruction model, whose canaries are two of its six sentences."""
    canaries = [
        {"source": NEWS[0], "expected": NEWS[3], "languages": ["en", "ar"], "least": 80},
        {"source": NEWS[5], "expected": NEWS[2], "languages": ["ar", "en"], "least": 80},
    ]
    conditioning = {"style": "prompt", "template": {"enable_thinking": False}}
    card = {
        "name": "tiny",
        "engine": "causal",
        "path": str(weights),
        "canaries": canaries,
        "max_input_tokens": 400,
    }
    card |= {"languages": [["ar", "en"], ["en", "ar"]], "conditioning": conditioning}
    write_card(folder, **card | changes)
    return Catalog([folder], cache=folder / "cache")


@pytest.mark.parametrize("engine", ["causal", "ct2"])
def test_an_instruction_model_passes_its_canaries_and_translates(tiny_qwen, tmp_path, engine):
    catalog = instructed_card(tmp_path, tiny_qwen, engine=engine, dtype="float32")
    output = catalog.translator("tiny", source="en", target="ar").translate_lines(
        [NEWS[1]], source="en", target="ar"
    )
    assert output[0].text == NEWS[4]
    assert len(catalog.verified("tiny")) == 2


def _other_words(weights):
    """An output layer whose rows belong to other words."""
    return weights | {"lm_head.weight": weights["model.embed_tokens.weight"].roll(11, 0)}


def _silenced(weights):
    """Attention that looks at nothing."""
    return {name: tensor * 0 if "o_proj" in name else tensor for name, tensor in weights.items()}


@pytest.mark.parametrize("spoil", [_other_words, _silenced])
def test_a_spoilt_instruction_model_is_refused(tiny_qwen, tmp_path, spoil):
    from safetensors.torch import load_file, save_file

    spoilt = tmp_path / "spoilt"
    shutil.copytree(tiny_qwen, spoilt)
    weights = spoil(load_file(spoilt / "model.safetensors"))
    save_file(
        {name: tensor.contiguous() for name, tensor in weights.items()},
        spoilt / "model.safetensors",
        {"format": "pt"},
    )
    config = json.loads((spoilt / "config.json").read_text()) | {
        "tie_word_embeddings": "lm_head.weight" not in weights
    }
    (spoilt / "config.json").write_text(json.dumps(config))
    with pytest.raises(CanaryError, match="garbles"):
        instructed_card(tmp_path, spoilt).engine("tiny")


# --- common canaries --------------------------------------------------------------------------------------------


def test_common_canaries_serve_where_nobody_has_seen_the_model(folder, catalog):
    write_card(folder, canaries=None, languages=[["ar", "en"]])
    canaries = canaries_of(catalog.card("parrot"))
    assert [canary.languages for canary in canaries] == [("ar", "en")] * 3
    with pytest.raises(CanaryError, match="garbles 3 of 3"):
        catalog.engine("parrot")
    write_card(folder, canaries=None, languages=[["ar", "fa"]])
    assert canaries_of(Catalog([folder], cache=folder).card("parrot")) == ()


class Said(Echo):
    """Says what it is told to, whatever it is asked."""

    answer = ""

    def generate(self, texts, decoding, **languages):
        return [Generation(text=self.answer, truncated=False) for _ in texts]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("Schools in the north will close for three days because of a storm.", None),
        ("Schools close. Lessons continue online, the ministry said.", None),
        ("", "wrote nothing"),
        ("تغلق المدارس في الشمال أبوابها ثلاثة أيام.", "neither language"),
        ("the the the the the the the the the the the the the the the the", "repeat"),
        (
            "The football club signed a young striker from Portugal after months of talks.",
            "words are in the text",
        ),
        ("wrent oplis guda sentib carpol undest fromil", "words are in the text"),
    ],
)
def test_summaries_are_judged_by_what_no_summary_can_be(folder, catalog, monkeypatch, answer, fault):
    write_card(folder, task="summarise", canaries=None, languages=["en"])
    monkeypatch.setattr("workbench.engines.echo.Echo", Said)
    monkeypatch.setattr(Said, "answer", answer)
    (result,) = catalog.check("parrot")
    assert (result.fault is None) if fault is None else fault.lower() in result.fault.lower(), result.fault


@pytest.mark.slow
def test_the_model_that_ships_passes_its_canaries_and_loops_on_no_menu():
    translator = open_catalog().translator()
    menus = [
        "الرئيسية أخبار العالم العربي إيران فلسطين سوريا العراق لبنان اليمن رياضة اقتصاد فيديو صور برامج البث المباشر",
        "الرئيسية | أخبار | ايران | فلسطين | سوريا | العراق | لبنان | اليمن | فيديو | صور | برامج",
        "عاجل .. عاجل .. عاجل .. انفجار في وسط العاصمة .. عاجل",
        "شارك هذا الموضوع فيسبوك تويتر واتساب تلغرام طباعة إرسال",
        "#فلسطين #غزة #القدس #الأقصى",
        "1 2 3 4 5 6 7 8 9 10 الصفحة التالية",
    ]
    outputs = translator.translate_lines(menus, source="ar", target="en")
    assert not any(flag.kind in ("loop", "empty") for output in outputs for flag in output.flags)
    assert all(0.1 < output.confidence < 1 for output in outputs)
    article = Article(
        id="a", text="قتل ثلاثة أشخاص في الحادث.\n\nووصل الرئيس إلى باريس يوم الاثنين.", language="ar"
    )
    english = translator.translate(article, to="en").text
    assert "killed" in english
    assert "Paris on Monday" in english.split("\n\n")[1]
