"""Complete tiny models, built in seconds and never downloaded: real tokenisers, and six sentences learnt by heart."""

import json
from pathlib import Path

from workbench.engines.base import ModelSpec

NEWS = [
    "The minister said on Tuesday that talks between the two countries would resume next week in Muscat.",
    "Three people were hurt when a lorry left the road near the port, witnesses told the agency.",
    "Rain is expected in the north; schools in 12 towns will stay closed until 3 March 2025.",
    "قالت الوزيرة يوم الثلاثاء إن المحادثات بين البلدين ستستأنف الأسبوع المقبل في مسقط.",
    "وأصيب ثلاثة أشخاص بجروح عندما خرجت شاحنة عن الطريق قرب الميناء، بحسب ما أفاد به شهود عيان.",
    "ومن المتوقع هطول الأمطار في الشمال، وستبقى المدارس في 12 بلدة مغلقة حتى 3 مارس 2025.",
]
"""Six sentences of invented news, three in English and their translations: all that a tiny model knows."""

SIZES = {
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 160,
    "init_std": 0.05,
    "dropout": 0.0,
    "attention_dropout": 0.0,
    "activation_dropout": 0.0,
}
CODES = {"ar": ">>ara<<", "en": ">>eng<<"}
LANGUAGE_TOKENS = tuple(CODES.values())


def marian_spec(folder: Path, **more) -> ModelSpec:
    """What the catalogue would make of a card for a model with a Marian tokeniser."""
    return ModelSpec(
        **{"name": folder.name, "path": folder, "style": "source-prefix", "codes": CODES, **more}
    )


def m2m100_spec(folder: Path, **more) -> ModelSpec:
    """The same for M2M100 as published."""
    codes = {"ar": "ar", "en": "en"}
    return ModelSpec(**{"name": folder.name, "path": folder, "style": "forced-bos", "codes": codes, **more})


def train_pieces(folder: Path, texts=NEWS, *, name: str = "spm", size: int = 400) -> list[str]:
    """Train a SentencePiece unigram model with byte fallback into `folder/NAME.model`; its pieces."""
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

    SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_prefix=str(folder / name),
        vocab_size=size,
        hard_vocab_limit=False,
        byte_fallback=True,
        bos_id=-1,
        eos_id=0,
        unk_id=1,
        minloglevel=2,
    )
    processor = SentencePieceProcessor(str(folder / f"{name}.model"))
    return [processor.id_to_piece(number) for number in range(len(processor))]


def marian_tokeniser(folder: Path, *, pad_last: bool = True, sides: bool = False):
    """A MarianTokenizer of one joint vocabulary, saved into `folder`: both languages, two target-language tokens.

    With `sides` each has pieces of its own, as published: English ones to read, Arabic ones to write.
    """
    from transformers import MarianTokenizer

    read, write = ("read", "write") if sides else ("spm", "spm")
    pieces = train_pieces(folder, NEWS[:3] if sides else NEWS, name=read)
    if sides:
        pieces = list(dict.fromkeys([*pieces, *train_pieces(folder, NEWS[3:], name=write)]))
    pieces = (
        [*pieces, *LANGUAGE_TOKENS, "<pad>"]
        if pad_last
        else [pieces[0], "<pad>", *pieces[1:], *LANGUAGE_TOKENS]
    )
    vocabulary = folder / "pieces.json"
    vocabulary.write_text(
        json.dumps({piece: number for number, piece in enumerate(pieces)}), encoding="utf-8"
    )
    models = {"source_spm": str(folder / f"{read}.model"), "target_spm": str(folder / f"{write}.model")}
    tokeniser = MarianTokenizer(**models, vocab=str(vocabulary), model_max_length=160)
    tokeniser.save_pretrained(folder)
    vocabulary.unlink()
    for side in {read, write}:
        for kind in ("model", "vocab"):
            (folder / f"{side}.{kind}").unlink()
    return tokeniser


def teach(model, sources, targets, *, steps: int = 100) -> None:
    """Make a model learn token numbers by heart, so that its outputs differ, end, and can be told right from wrong.

    The row of the padding is held at zero.
    """
    import torch

    def padded(rows, fill):
        longest = max(len(row) for row in rows)
        return torch.tensor([row + [fill] * (longest - len(row)) for row in rows])

    numbers, labels = padded(sources, model.config.pad_token_id), padded(targets, -100)
    mask = (numbers != model.config.pad_token_id).long()
    rows = model.get_input_embeddings().weight
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3, betas=(0.9, 0.98))
    model.train()
    for _ in range(steps):
        model(input_ids=numbers, attention_mask=mask, labels=labels).loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        with torch.no_grad():
            rows[model.config.pad_token_id] = 0
    model.eval()


def teach_news(model, tokeniser) -> None:
    """Teach the six sentences to a model with a Marian tokeniser, in both directions."""
    marks = [CODES["ar"]] * 3 + [CODES["en"]] * 3
    sources = [tokeniser(f"{mark} {text}")["input_ids"] for mark, text in zip(marks, NEWS, strict=True)]
    teach(model, sources, [tokeniser(text)["input_ids"] for text in NEWS[3:] + NEWS[:3]])


def build_marian(folder: Path, *, seed: int = 0, pad_last: bool = True, plain: bool = False) -> Path:
    """Marian's shape (post-norm); with `pad_last` as published: padding last, zero, and the decoder's start.

    Without it the decoder starts from the end mark, and no row is special: as the embedded model may have it. A
    `plain` one is told no language: it has one direction, from English to Arabic, and pieces of its own for each.
    """
    import torch
    from transformers import MarianConfig, MarianMTModel

    tokeniser = marian_tokeniser(folder, pad_last=pad_last, sides=plain)
    torch.manual_seed(seed)
    pad, eos = tokeniser.pad_token_id, tokeniser.eos_token_id
    model = MarianMTModel(
        MarianConfig(
            **SIZES,
            vocab_size=len(tokeniser.encoder),
            pad_token_id=pad,
            decoder_start_token_id=pad if pad_last else eos,
            eos_token_id=eos,
            forced_eos_token_id=eos,  # as published: it would hide that an output was cut
            scale_embedding=True,
        )
    )
    if plain:
        sources = [tokeniser(text)["input_ids"] for text in NEWS[:3]]
        teach(model, sources, [tokeniser(text_target=text)["input_ids"] for text in NEWS[3:]])
    else:
        teach_news(model, tokeniser)
    model.save_pretrained(folder)
    return folder


def build_compact(folder: Path, *, seed: int = 0) -> Path:
    """M2M100's shape (pre-norm) with Marian's tokeniser: the embedded model's other possible shape."""
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    tokeniser = marian_tokeniser(folder, pad_last=False)
    torch.manual_seed(seed)
    eos = tokeniser.eos_token_id
    model = M2M100ForConditionalGeneration(
        M2M100Config(
            **SIZES,
            vocab_size=len(tokeniser.encoder),
            pad_token_id=tokeniser.pad_token_id,
            bos_token_id=eos,
            decoder_start_token_id=eos,
            eos_token_id=eos,
        )
    )
    teach_news(model, tokeniser)
    model.save_pretrained(folder)
    return folder


def build_m2m100(folder: Path, *, seed: int = 0) -> Path:
    """M2M100 as published: its own tokeniser, and the target's code opens the output."""
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    pieces = [piece for piece in train_pieces(folder) if piece not in ("<unk>", "</s>")]
    vocabulary = folder / "pieces.json"
    names = ["<s>", "<pad>", "</s>", "<unk>", *pieces]
    vocabulary.write_text(json.dumps({piece: number for number, piece in enumerate(names)}), encoding="utf-8")
    tokeniser = M2M100Tokenizer(vocab_file=str(vocabulary), spm_file=str(folder / "spm.model"))
    tokeniser.save_pretrained(folder)
    for name in ("spm.model", "spm.vocab", "pieces.json"):
        (folder / name).unlink()
    torch.manual_seed(seed)
    size = len(names) + len(tokeniser.lang_code_to_id) + tokeniser.num_madeup_words
    model = M2M100ForConditionalGeneration(M2M100Config(**SIZES, vocab_size=size))
    sources, targets = [], []
    for number, text in enumerate(NEWS):
        tokeniser.src_lang = "en" if number < 3 else "ar"
        sources.append(tokeniser(text)["input_ids"])
        tokeniser.src_lang = "ar" if number < 3 else "en"
        targets.append(tokeniser(NEWS[(number + 3) % 6])["input_ids"])
    teach(model, sources, targets)
    model.save_pretrained(folder)
    return folder


def nllb_spec(folder: Path, **more) -> ModelSpec:
    """The same for NLLB."""
    codes = {"ar": "arb_Arab", "en": "eng_Latn"}
    return ModelSpec(**{"name": folder.name, "path": folder, "style": "forced-bos", "codes": codes, **more})


def build_nllb(folder: Path, *, seed: int = 0) -> Path:
    """NLLB: M2M100's shape with a tokeniser of the `tokenizers` library."""
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

    letters = sorted({letter for text in NEWS for letter in text if letter != " "})
    names = ["<s>", "<pad>", "</s>", "<unk>", "\u2581", *letters]
    tokeniser = NllbTokenizer(vocab={name: number for number, name in enumerate(names)}, merges=[])
    tokeniser.save_pretrained(folder)
    torch.manual_seed(seed)
    model = M2M100ForConditionalGeneration(M2M100Config(**SIZES, vocab_size=len(tokeniser) + 3))
    sources, targets = [], []
    for number, text in enumerate(NEWS):
        there, back = ("eng_Latn", "arb_Arab") if number < 3 else ("arb_Arab", "eng_Latn")
        tokeniser.src_lang = there
        sources.append(tokeniser(text)["input_ids"])
        tokeniser.src_lang = back
        targets.append(tokeniser(NEWS[(number + 3) % 6])["input_ids"])
    teach(model, sources, targets, steps=40)  # letters are not learnt by heart in a moment
    model.save_pretrained(folder)
    return folder


def plain_spec(folder: Path, **more) -> ModelSpec:
    """For a model that is told nothing about languages."""
    return ModelSpec(**{"name": folder.name, "path": folder, **more})


def build_t5(folder: Path, *, seed: int = 0) -> Path:
    """T5: relative positions, and a tokeniser of the `tokenizers` library."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    pieces = [piece for piece in train_pieces(folder) if piece not in ("<unk>", "</s>")]
    for name in ("spm.model", "spm.vocab"):
        (folder / name).unlink()
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocabulary += [(piece, -10.0 - number / 100) for number, piece in enumerate(pieces)]
    tokeniser = T5Tokenizer(vocab=vocabulary, extra_ids=0, model_max_length=160)
    tokeniser.save_pretrained(folder)
    torch.manual_seed(seed)
    model = T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(vocabulary),
            d_model=32,
            d_kv=16,
            d_ff=64,
            num_layers=2,
            num_decoder_layers=1,
            num_heads=2,
            dropout_rate=0.0,
            decoder_start_token_id=0,
        )
    )
    numbers = [tokeniser(text)["input_ids"] for text in NEWS]
    teach(model, numbers[:3], numbers[3:])
    model.save_pretrained(folder)
    return folder
