"""Every card that ships, loaded by its own path as a pull leaves it: with a tiny model of its family."""

import functools
import json
import shutil

import pytest
import yaml

from tests import families, instructed, models
from tests.models import NEWS
from workbench.catalog import Catalog, places
from workbench.config import ModelCard, load_yaml, resource
from workbench.engines.base import Decoding
from workbench.errors import CanaryError, ModelError

pytestmark = pytest.mark.timeout(900)
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FIELDS = {"template": instructed.FIELDS}
FAMILIES = {
    "opus-mt-ar-en": (models.build_marian, {"plain": True}),
    "opus-mt-en-ar": (models.build_marian, {}),
    "opus-mt-tc-big-ar-en": (models.build_marian, {"plain": True}),
    "opus-mt-tc-big-en-ar": (models.build_marian, {}),
    "m2m100-418m": (models.build_m2m100, {}),
    "nllb-200-600m": (models.build_nllb, {}),
    "nllb-200-1.3b": (models.build_nllb, {}),
    "nllb-200-3.3b": (models.build_nllb, {}),
    "mbart-50": (families.build_mbart50, {}),
    "madlad400-3b": (families.build_madlad, {}),
    "mt5-xlsum": (families.build_mt5, {}),
    "bart-large-cnn": (families.build_bart, {}),
    "pegasus-cnn": (families.build_pegasus, {}),
    "pegasus-xsum": (families.build_pegasus, {}),
    "led-large-arxiv": (families.build_led, {}),
    "arabart-summ": (families.build_arabart, {}),
    "arat5-summ": (models.build_t5, {}),
    "qwen3-0.6b": (instructed.build_qwen3, {}),
    "qwen3-1.7b": (instructed.build_qwen3, {}),
    "qwen3-4b": (instructed.build_qwen3, {}),
    "qwen3-8b": (instructed.build_qwen3, {}),
    "gemma-3-1b": (instructed.build_gemma3, {}),
    "gemma-3-4b": (instructed.build_gemma3_seeing, {}),
    "gemma-3-12b": (instructed.build_gemma3_seeing, {}),
    "translategemma-4b": (instructed.build_gemma3_seeing, FIELDS),
    "translategemma-12b": (instructed.build_gemma3_seeing, FIELDS),
    "allam-7b": (instructed.build_llama, {}),
    "command-r7b-arabic": (instructed.build_cohere2, {}),
    "jais-2-8b": (instructed.build_jais2, {}),
}
UNTAUGHT = {
    name
    for name, (build, _) in FAMILIES.items()
    if build is models.build_nllb
    or (build.__module__ == instructed.__name__ and name not in ("gemma-3-4b", "gemma-3-12b"))
}
"""Cards whose tiny model knows nothing: it must load and write, and is refused for garbling. NLLB's is too small to
learn its sentences; instruction models are told languages in words and show what they know in `tests/engines`."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    @functools.cache
    def folder(build, more, taught):
        with pytest.MonkeyPatch.context() as patch:
            if not taught:
                patch.setattr(instructed, "_teach", lambda model, lessons: model.eval())
            return build(tmp_path_factory.mktemp(build.__name__), **dict(more))

    return lambda name: folder(FAMILIES[name][0], tuple(FAMILIES[name][1].items()), name not in UNTAUGHT)


def test_every_card_that_ships_has_its_family_here():
    shipped = {path.stem for path in resource("configs/models").glob("*.yaml")}
    assert shipped == set(FAMILIES) | {"embedded", "local-server"}


def pulled(name, folder, tmp_path, monkeypatch):
    """A catalogue of the one card with canaries that its tiny model knows, its weights where a pull puts them."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    shipped = load_yaml(resource("configs/models") / f"{name}.yaml", ModelCard)
    told = ("prompt", "fields")
    both = shipped.conditioning.codes.keys() >= {"ar", "en"} or shipped.conditioning.style in told
    pairs = [("en", "ar", NEWS[at], NEWS[at + 3]) for at in range(3)]
    pairs += [("ar", "en", arabic, english) for _, _, english, arabic in pairs] if both else []
    card = yaml.safe_load((resource("configs/models") / f"{name}.yaml").read_text(encoding="utf-8"))
    card["canaries"] = [
        {"source": source, "expected": wanted, "languages": [one, other], "least": 80}
        for one, other, source, wanted in pairs
    ]
    # What tiny models know by heart they know to the last digit, and under no penalties on repetition.
    card |= {"dtype": "float32", "decoding": {"beam": card["decoding"]["beam"], "max_new_tokens": 80}}
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / f"{name}.yaml").write_text(
        yaml.safe_dump(card, allow_unicode=True), encoding="utf-8"
    )
    catalog = Catalog([tmp_path / "cards"], cache=tmp_path / "cache")
    with pytest.raises(ModelError, match=f"models pull {name}"):
        catalog.engine(name, device="cpu")
    place = places.pulled_folder(catalog.card(name), card["revision"] or COMMIT)
    shutil.copytree(folder, place)
    seal = {
        "path": card["path"],
        "commit": card["revision"] or COMMIT,
        "revision": card["revision"] or "main",
    }
    sizes = {path.name: path.stat().st_size for path in place.iterdir()}
    (place / places.SEAL).write_text(json.dumps(seal | {"files": sizes}), encoding="utf-8")
    return catalog


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_a_card_serves_a_model_of_its_family(name, folders, tmp_path, monkeypatch):
    """By its own path, engine, codes and beam; and it can be decoded as the card says."""
    catalog = pulled(name, folders(name), tmp_path, monkeypatch)
    assert catalog.where(name)
    if name in UNTAUGHT:
        with pytest.raises(CanaryError, match=name):
            catalog.engine(name, device="cpu")
        return
    results = catalog.check(name, device="cpu")
    for direction in {result.languages for result in results}:
        assert None in [each.fault for each in results if each.languages == direction], results
    with pytest.MonkeyPatch.context() as patch:  # it need not know all of them
        patch.setattr("workbench.catalog.canaries.require_healthy", lambda *_: None)
        engine = catalog.engine(name, device="cpu")
    shipped = load_yaml(resource("configs/models") / f"{name}.yaml", ModelCard).decoding
    decoding = Decoding(**shipped.model_dump() | {"max_new_tokens": 8})
    (answer,) = engine.generate(NEWS[:1], decoding, source="en", target="ar")
    assert answer.tokens
