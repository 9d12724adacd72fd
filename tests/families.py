"""Tiny models of the other encoder-decoder families, each with its own tokeniser class: BART, mBART-50 and the rest."""

import json
from pathlib import Path

from tests.models import NEWS, SIZES, plain_spec, teach, train_pieces
from workbench.engines.base import ModelSpec

MBART50_CODES = {"ar": "ar_AR", "en": "en_XX"}
MADLAD_CODES = {"ar": "<2ar>", "en": "<2en>"}


def mbart50_spec(folder: Path, **more) -> ModelSpec:
    """As the card of mBART-50 has it."""
    return plain_spec(folder, **{"style": "forced-bos", "codes": MBART50_CODES, **more})


def madlad_spec(folder: Path, **more) -> ModelSpec:
    """As the card of MADLAD-400 has it."""
    return plain_spec(folder, **{"style": "source-prefix", "codes": MADLAD_CODES, **more})


def unigram(folder: Path, *first: str) -> list[tuple[str, float]]:
    """Pieces with scores for tokenisers of the unigram kind, behind their special tokens."""
    pieces = [piece for piece in train_pieces(folder) if piece not in ("<unk>", "</s>", *first)]
    for name in ("spm.model", "spm.vocab"):
        (folder / name).unlink()
    return [(name, 0.0) for name in first] + [
        (piece, -8.0 - number / 100) for number, piece in enumerate(pieces)
    ]


def byte_pairs() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Vocabulary and merges of bytes, as BART and LED use them."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokeniser = Tokenizer(models.BPE(unk_token="<unk>"))
    tokeniser.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokeniser.train_from_iterator(NEWS, trainer)
    state = json.loads(tokeniser.to_str())["model"]
    return state["vocab"], [tuple(merge) for merge in state["merges"]]


def roberta_tokeniser():
    """The tokeniser of BART and LED."""
    from transformers import RobertaTokenizer

    vocabulary, merges = byte_pairs()
    return RobertaTokenizer(vocab=vocabulary, merges=merges, model_max_length=160)


def lessons(tokeniser, model, *, steps: int = 100) -> None:
    """Teach the three English sentences by heart, told no language."""
    numbers = [tokeniser(text)["input_ids"] for text in NEWS]
    teach(model, numbers[:3], numbers[3:], steps=steps)


def build_bart(folder: Path, *, seed: int = 0) -> Path:
    """BART as bart-large-cnn has it: the end mark starts the decoder, and the first token is forced."""
    import torch
    from transformers import BartConfig, BartForConditionalGeneration

    tokeniser = roberta_tokeniser()
    tokeniser.save_pretrained(folder)
    torch.manual_seed(seed)
    config = BartConfig(
        **SIZES,
        vocab_size=len(tokeniser),
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
        forced_eos_token_id=2,
    )
    model = BartForConditionalGeneration(config)
    lessons(tokeniser, model)
    model.generation_config.forced_bos_token_id = 0
    model.save_pretrained(folder)
    return folder


def build_led(folder: Path, *, seed: int = 0) -> Path:
    """LED: windows of attention, and a first token that sees everything."""
    import torch
    from transformers import LEDConfig, LEDForConditionalGeneration

    tokeniser = roberta_tokeniser()
    tokeniser.save_pretrained(folder)
    torch.manual_seed(seed)
    sizes = {name: value for name, value in SIZES.items() if name != "max_position_embeddings"}
    config = LEDConfig(
        **sizes,
        vocab_size=len(tokeniser),
        max_encoder_position_embeddings=320,
        max_decoder_position_embeddings=160,
        attention_window=16,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
    )
    model = LEDForConditionalGeneration(config)
    lessons(tokeniser, model)
    model.save_pretrained(folder)
    return folder


def build_pegasus(folder: Path, *, seed: int = 0) -> Path:
    """PEGASUS: sinusoidal positions, the padding starts the decoder."""
    import torch
    from transformers import PegasusConfig, PegasusForConditionalGeneration, PegasusTokenizer

    vocabulary = unigram(folder, "<pad>", "</s>", "<unk>", "<mask_2>")
    tokeniser = PegasusTokenizer(vocab=vocabulary, offset=0, mask_token_sent=None, model_max_length=160)
    tokeniser.save_pretrained(folder)
    torch.manual_seed(seed)
    config = PegasusConfig(**SIZES, vocab_size=len(tokeniser), scale_embedding=True, forced_eos_token_id=1)
    model = PegasusForConditionalGeneration(config)
    lessons(tokeniser, model)
    model.save_pretrained(folder)
    return folder


def build_mbart50(folder: Path, *, seed: int = 0) -> Path:
    """mBART-50: the source's code opens the text, the target's code opens the output."""
    import torch
    from transformers import MBart50Tokenizer, MBartConfig, MBartForConditionalGeneration

    vocabulary = unigram(folder, "<s>", "<pad>", "</s>", "<unk>")
    tokeniser = MBart50Tokenizer(vocab=vocabulary, src_lang="en_XX", tgt_lang="ar_AR", model_max_length=160)
    tokeniser.save_pretrained(folder)
    torch.manual_seed(seed)
    config = MBartConfig(
        **SIZES,
        vocab_size=len(tokeniser),
        decoder_start_token_id=2,
        scale_embedding=True,
        forced_eos_token_id=2,
    )
    config.tokenizer_class = "MBart50Tokenizer"
    model = MBartForConditionalGeneration(config)
    sources, targets = [], []
    for number, text in enumerate(NEWS):
        there, back = ("en_XX", "ar_AR") if number < 3 else ("ar_AR", "en_XX")
        tokeniser.src_lang = there
        sources.append(tokeniser(text)["input_ids"])
        tokeniser.src_lang = back
        targets.append(tokeniser(NEWS[(number + 3) % 6])["input_ids"])
    teach(model, sources, targets)
    model.save_pretrained(folder)
    return folder


def build_arabart(folder: Path, *, seed: int = 0) -> Path:
    """AraBART: mBART's shape with the tokeniser of BARThez; nothing is told of languages."""
    import torch
    from tokenizers.processors import TemplateProcessing
    from transformers import BarthezTokenizer, MBartConfig, MBartForConditionalGeneration

    vocabulary = unigram(folder, "<s>", "<pad>", "</s>", "<unk>", "<mask>")
    tokeniser = BarthezTokenizer(vocab=vocabulary, model_max_length=160)
    marks = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokeniser.backend_tokenizer.post_processor = (
        marks  # published tokenisers bring it in their tokenizer.json
    )
    tokeniser.save_pretrained(folder)
    torch.manual_seed(seed)
    config = MBartConfig(
        **SIZES,
        vocab_size=len(tokeniser),
        decoder_start_token_id=2,
        forced_eos_token_id=2,
        scale_embedding=True,
    )
    config.tokenizer_class = "BarthezTokenizer"
    model = MBartForConditionalGeneration(config)
    lessons(tokeniser, model)
    model.save_pretrained(folder)
    return folder


def t5_sizes(size: int) -> dict:
    """A small T5, with gated layers and an output of its own as mT5 and MADLAD have them."""
    return {
        "vocab_size": size,
        "d_model": 32,
        "d_kv": 16,
        "d_ff": 64,
        "num_layers": 2,
        "num_decoder_layers": 1,
        "num_heads": 2,
        "dropout_rate": 0.0,
        "decoder_start_token_id": 0,
        "feed_forward_proj": "gated-gelu",
        "tie_word_embeddings": False,
    }


def build_mt5(folder: Path, *, seed: int = 0) -> Path:
    """MT5, as the summariser of XL-Sum has it."""
    import torch
    from transformers import MT5Config, MT5ForConditionalGeneration, T5Tokenizer

    vocabulary = unigram(folder, "<pad>", "</s>", "<unk>")
    tokeniser = T5Tokenizer(vocab=vocabulary, extra_ids=0, model_max_length=160)
    tokeniser.save_pretrained(folder)
    torch.manual_seed(seed)
    model = MT5ForConditionalGeneration(MT5Config(**t5_sizes(len(vocabulary))))
    lessons(tokeniser, model, steps=200)
    model.save_pretrained(folder)
    return folder


def build_madlad(folder: Path, *, seed: int = 0) -> Path:
    """MADLAD-400: T5 with a target code before the text; the code is a piece of the vocabulary."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    vocabulary = unigram(folder, "<pad>", "</s>", "<unk>", *MADLAD_CODES.values())
    tokeniser = T5Tokenizer(vocab=vocabulary, extra_ids=0, model_max_length=160)
    tokeniser.save_pretrained(folder)
    torch.manual_seed(seed)
    model = T5ForConditionalGeneration(T5Config(**t5_sizes(len(vocabulary))))
    sources, targets = [], []
    for number, text in enumerate(NEWS):
        code = tokeniser.convert_tokens_to_ids("<2ar>" if number < 3 else "<2en>")
        sources.append([code, *tokeniser(text)["input_ids"]])
        targets.append(tokeniser(NEWS[(number + 3) % 6])["input_ids"])
    teach(model, sources, targets, steps=300)
    model.save_pretrained(folder)
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | {"tie_word_embeddings": False}  # as published
    path.write_text(json.dumps(config), encoding="utf-8")
    return folder
