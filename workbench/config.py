"""Configuration is a shape: YAML read safely, checked at the edge, and a typo is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeVar

import platformdirs
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.errors import ConfigError

PACKAGE = Path(__file__).parent


class Strict(BaseModel):
    """Frozen, and refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Shape = TypeVar("Shape", bound=Strict)


def resource(name: str) -> Path:
    """A folder that ships with the project, such as "configs/models": inside the wheel, or in the checkout."""
    packaged = PACKAGE / "resources" / name
    return packaged if packaged.exists() else PACKAGE.parent / name


def user_folder(kind: Literal["cache", "data", "config"]) -> Path:
    """The user's own folder for converted models (cache), stores (data) or own cards (config); made by the caller.

    `WORKBENCH_HOME` puts all three under one folder.
    """
    import os

    home = os.environ.get("WORKBENCH_HOME")
    if home:
        return Path(home) / kind
    finders = {
        "cache": platformdirs.user_cache_path,
        "data": platformdirs.user_data_path,
        "config": platformdirs.user_config_path,
    }
    return finders[kind]("arabic-news-workbench", appauthor=False)


def load_yaml(path: Path, shape: type[Shape]) -> Shape:
    """Read one YAML file into `shape`.

    Raises:
        ConfigError: The file cannot be read, is not YAML, or its keys or values do not fit; every fault is named.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise ConfigError(f"{path} cannot be read: {fault.strerror}.", cure="Check the path.") from fault
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{path} is not valid YAML: {fault}", cure="Mend the line named above.") from fault
    return parse(data, shape, name=str(path))


def parse(data: Any, shape: type[Shape], *, name: str) -> Shape:
    """Check plain data against `shape`; `name` is the file it came from.

    Raises:
        ConfigError: Every key or value that does not fit is named.
    """
    try:
        return shape.model_validate({} if data is None else data)
    except ValidationError as fault:
        faults = "\n".join(
            f"  {'.'.join(str(part) for part in error['loc']) or '(whole file)'}: {error['msg']}{_near(shape, error)}"
            for error in fault.errors()
        )
        problem = f"{name} is not a valid {shape.__name__}:\n{faults}"
        raise ConfigError(problem, cure="Fix the keys listed above.") from fault


def _near(shape: type[BaseModel], error: Any) -> str:
    """Offer the key that was probably meant, for a top-level key that is not known."""
    import difflib

    if error["type"] != "extra_forbidden" or len(error["loc"]) != 1:
        return ""
    near = difflib.get_close_matches(str(error["loc"][0]), list(shape.model_fields), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


class Canary(Strict):
    """A sentence whose translation is known: a model that garbles it is not served.

    Attributes:
        source: The sentence.
        expected: A translation that the healthy model gives, or a reference.
        languages: Source and target, BCP 47.
        least: Lowest chrF against `expected` that counts as healthy.
    """

    source: str
    expected: str
    languages: tuple[str, str]
    least: float = Field(default=30.0, ge=0, le=100)


class DecodingConfig(Strict):
    """How a model is decoded by default; see `workbench.engines.base.Decoding`."""

    beam: int = Field(default=1, ge=1, le=64)
    length_penalty: float = 1.0
    no_repeat_ngram: int = Field(default=0, ge=0)
    repetition_penalty: float = Field(default=1.0, ge=1.0)
    max_new_tokens: int = Field(default=256, ge=1)


class Conditioning(Strict):
    """How a family is told its languages; its private codes are seen only by its engine.

    Attributes:
        style: "none" (one pair, nothing to say), "source-prefix" (the target's code opens the source, as in
            Marian), "forced-bos" (tokeniser's `src_lang`, and the target's code opens the output, as in NLLB,
            M2M100 and mBART), "prompt" (instruction models, told in words), or "fields" (instruction models whose
            chat template takes the two languages as fields, as TranslateGemma).
        codes: From BCP 47 to the family's code; for "prompt" the languages' names, empty for the common ones.
        template: Variables of the chat template, such as {enable_thinking: false}.
    """

    style: Literal["none", "source-prefix", "forced-bos", "prompt", "fields"] = "none"
    codes: dict[str, str] = {}
    template: dict[str, bool | str] = {}


class ServerConfig(Strict):
    """How a model behind a server is reached; its base address is the card's `path`.

    Attributes:
        model: What the server calls the model; None where it serves a single one.
        key_env: Environment variable that holds the key; no key is ever written into a card.
        concurrency: Requests under way at once.
        timeout: Seconds that one request may take.
        retries: Further tries of a request that failed in a way that may pass.
        budget: Most tokens, read and written, that one run may use; None for no limit.
    """

    model: str | None = None
    key_env: str = Field(default="OPENAI_API_KEY", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    concurrency: int = Field(default=8, ge=1, le=512)
    timeout: float = Field(default=120.0, gt=0)
    retries: int = Field(default=4, ge=0, le=20)
    budget: int | None = Field(default=None, ge=1)


class PublishedScore(Strict):
    """A score as published by somebody: never one of ours without its signature."""

    test_set: str
    languages: tuple[str, str] | str
    metric: str
    value: float
    source: str


_SAID_ABOUT = {"licence", "commercial", "size_mb", "memory_mb", "canaries", "calibration", "scores", "note"}
_SAID_ABOUT |= {"cores", "gpus"}
"""Fields of a card that tell of its model and change nothing of what it writes."""


class ModelCard(Strict):
    """configs/models/<name>.yaml: everything needed to load, judge and cite one model.

    Attributes:
        name: How users call it.
        task: What it does; a model that is told in words ("prompt") summarises too.
        engine: A name in `workbench.engines.ENGINES`; "auto" is the quickest that serves the family.
        path: Hub id, a folder, "package:embedded" for the model that ships, or the address of a server.
        revision: Pinned revision; None is shown as unverified.
        languages: For translation, pairs (source, target); for summaries, the languages read.
        conditioning: How the model is told its languages.
        licence: SPDX name or the licence's own name.
        commercial: Whether its licence allows commercial use; None where unclear.
        gated: Whether the hub wants its terms accepted before it gives the weights.
        dtype: "auto" is float32 on CPU and bfloat16 where the device has it; "int8" and "int4" are quantised.
        max_input_tokens: The model's window, special tokens included; None takes it from the model's configuration.
        piece_tokens: Longest piece that it translates well, where that is less than its window; longer sentences
            are split at clause marks.
        tidy: Whether it was trained on tidied text; see `workbench.text.tidy`.
        finish: What is done last to what it translates: "tanwin" restores the mark on the final alefs of Arabic, for
            models that learnt from text without diacritics; see `workbench.text.orthography`.
        names: Whether names that it writes otherwise are put as the workbench's own list has them: for models too
            small to know them; see `workbench.glossary.names`.
        mend: Whether what no writer would write is mended in what it translates, such as «كلمةها» or a word that
            stands twice: for models so small that they do; see `workbench.text.mend`.
        strategy: How a summariser reads what exceeds its window: "map-reduce" summarises parts, then the summaries;
            "refine" carries a summary from part to part.
        parameters_m: Number of weights in millions as its authors give it, None where not known.
        size_mb: Download size in megabytes, None where not known.
        memory_mb: Memory in use when loaded, None where not known.
        cores: Cores that one process of it takes of a cluster's machine; None takes eight, or what there is.
        gpus: GPUs that one process of it takes on a cluster, 0.5 where two share one; None takes one where there is
            one and the engine can use it.
        decoding: How its authors recommend to decode it, or how we measured it best.
        canaries: Sentences checked whenever it is loaded; None where nobody has seen what it makes of any, so that
            the catalogue's common sentences serve, with a low bar.
        calibration: Pairs (mean token log-probability, expected chrF++), rising; empty where not calibrated.
        scores: What was published about it.
        server: How to reach it, where `engine` is "server".
        note: What a chooser should know.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    task: Literal["translate", "summarise"]
    engine: str = "auto"
    path: str
    revision: str | None = None
    languages: tuple[tuple[str, str], ...] | tuple[str, ...]
    conditioning: Conditioning = Conditioning()
    licence: str
    commercial: bool | None = None
    gated: bool = False
    dtype: Literal["auto", "float32", "bfloat16", "float16", "int8", "int4"] = "auto"
    max_input_tokens: int | None = Field(default=None, ge=8)
    piece_tokens: int | None = Field(default=None, ge=8)
    tidy: bool = False
    finish: Literal["none", "tanwin"] = "none"
    names: bool = False
    mend: bool = False
    strategy: Literal["map-reduce", "refine"] = "map-reduce"
    parameters_m: float | None = Field(default=None, gt=0)
    size_mb: float | None = None
    memory_mb: float | None = None
    cores: int | None = Field(default=None, ge=1)
    gpus: float | None = Field(default=None, ge=0)
    decoding: DecodingConfig = DecodingConfig()
    canaries: tuple[Canary, ...] | None = ()
    calibration: tuple[tuple[float, float], ...] = ()
    scores: tuple[PublishedScore, ...] = ()
    server: ServerConfig = ServerConfig()
    note: str = ""

    def making(self) -> str:
        """What decides the model's outputs, as JSON: for fingerprints. A licence or a score does not."""
        return self.model_dump_json(exclude=_SAID_ABOUT)

    @property
    def tasks(self) -> tuple[str, ...]:
        """Everything it does."""
        return ("translate", "summarise") if self.conditioning.style == "prompt" else (self.task,)
