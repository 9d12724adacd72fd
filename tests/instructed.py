"""Tiny instruction models, built and taught in seconds, each family with its own tokeniser and template."""

import json
from pathlib import Path

from tests.models import NEWS
from workbench.engines.base import ModelSpec
from workbench.engines.prompts import NAMES, prompt
from workbench.engines.requests import Request

SHAPE = {
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 12,
    "max_position_embeddings": 512,
}
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
TURNS = (
    "{{ bos_token }}{% for message in messages %}<start_of_turn>{{ message.role }}\n"
    "{{ message.content }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
FIELDS = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message.content is string %}{{ raise_exception('content must be a list with one entry') }}{% endif %}"
    "{% set part = message.content[0] %}<start_of_turn>user\n"
    "{{ part.source_lang_code }} to {{ part.target_lang_code }}: {{ part.text }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
"""In the manner of TranslateGemma: the languages are fields of the message."""


def instructed_spec(folder: Path, **more) -> ModelSpec:
    """What the catalogue would make of a card for a model that is told its task in words."""
    return ModelSpec(
        **{
            "name": folder.name,
            "path": folder,
            "style": "prompt",
            "device": "cpu",
            "max_input_tokens": 400,
            **more,
        }
    )


def trained_vocabulary(specials: list[str], *, bytes_of_letters: bool):
    """Vocabulary and merges of a byte-pair encoding, trained on the news and the prompts."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    words = [
        *NEWS,
        prompt(Request(task="translate", text="x", source="ar", target="en"), names=NAMES, model=""),
    ]
    tokeniser = Tokenizer(models.BPE(byte_fallback=not bytes_of_letters, unk_token="<unk>"))
    alphabet = pre_tokenizers.ByteLevel.alphabet() if bytes_of_letters else []
    fallback = [] if bytes_of_letters else [f"<0x{number:02X}>" for number in range(256)]
    if bytes_of_letters:
        tokeniser.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokeniser.decoder = decoders.ByteLevel()
    else:
        tokeniser.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁")
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=[*specials, *fallback], initial_alphabet=alphabet, show_progress=False
    )
    tokeniser.train_from_iterator(words, trainer)
    state = json.loads(tokeniser.to_str())["model"]
    return state["vocab"], [tuple(merge) for merge in state["merges"]]


def qwen_tokeniser():
    """Qwen's own: bytes, and marks of ChatML."""
    from transformers import Qwen2Tokenizer

    vocabulary, merges = trained_vocabulary(["<unk>", "<|endoftext|>"], bytes_of_letters=True)
    tokeniser = Qwen2Tokenizer(vocab=vocabulary, merges=merges, eos_token="<|im_end|>")
    tokeniser.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokeniser.chat_template = CHATML
    return tokeniser


def llama_tokeniser():
    """Llama 2's own: pieces with byte fallback; its marks here are ChatML's."""
    from transformers import LlamaTokenizer

    vocabulary, merges = trained_vocabulary(["<unk>", "<s>", "</s>"], bytes_of_letters=False)
    tokeniser = LlamaTokenizer(vocab=vocabulary, merges=merges, eos_token="<|im_end|>")
    tokeniser.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokeniser.chat_template = CHATML
    return tokeniser


def gemma_tokeniser(template: str = TURNS):
    """Gemma's own, with the marks of its turns."""
    from transformers import GemmaTokenizer

    specials = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    vocabulary, merges = trained_vocabulary(specials, bytes_of_letters=False)
    tokeniser = GemmaTokenizer(vocab=vocabulary, merges=merges)
    tokeniser.add_special_tokens({"additional_special_tokens": ["<start_of_turn>", "<end_of_turn>"]})
    tokeniser.chat_template = template
    return tokeniser


def build_qwen3(folder: Path) -> Path:
    """Qwen3: normalised queries and keys, no thinking unless asked."""
    from transformers import Qwen3Config, Qwen3ForCausalLM

    tokeniser = qwen_tokeniser()
    config = Qwen3Config(**SHAPE, vocab_size=len(tokeniser), rope_theta=1_000_000, tie_word_embeddings=True)
    return _finish(folder, Qwen3ForCausalLM, config, tokeniser, ends="<|im_end|>", enable_thinking=False)


def build_llama(folder: Path) -> Path:
    """Llama, as ALLaM and many others are."""
    from transformers import LlamaConfig, LlamaForCausalLM

    tokeniser = llama_tokeniser()
    return _finish(
        folder,
        LlamaForCausalLM,
        LlamaConfig(**SHAPE, vocab_size=len(tokeniser)),
        tokeniser,
        ends="<|im_end|>",
    )


def build_gemma3(folder: Path, *, template: str = TURNS) -> Path:
    """Gemma 3 for text: sliding windows, and turns with marks of its own."""
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    tokeniser = gemma_tokeniser(template)
    config = Gemma3TextConfig(
        **SHAPE, vocab_size=len(tokeniser), query_pre_attn_scalar=12, sliding_window=512
    )
    return _finish(folder, Gemma3ForCausalLM, config, tokeniser, ends="<end_of_turn>")


def build_gemma3_seeing(folder: Path, *, template: str = TURNS) -> Path:
    """Gemma 3 from 4B on, and TranslateGemma: the same under the name of a model that sees pictures too."""
    import torch
    from transformers import Gemma3Config, Gemma3ForCausalLM, Gemma3ForConditionalGeneration

    build_gemma3(folder, template=template)
    text = Gemma3ForCausalLM.from_pretrained(folder, dtype=torch.float32)
    eyes = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 28,
        "patch_size": 14,
    }
    config = Gemma3Config(text_config=text.config.to_dict(), vision_config=eyes, mm_tokens_per_image=4)
    whole = Gemma3ForConditionalGeneration(config)
    whole.model.language_model.load_state_dict(text.model.state_dict())
    whole.tie_weights()
    whole.generation_config = text.generation_config
    whole.save_pretrained(folder)
    return folder


def build_cohere2(folder: Path) -> Path:
    """Command R7B: layers side by side, sliding windows, scaled outputs."""
    from transformers import Cohere2Config, Cohere2ForCausalLM, CohereTokenizer

    specials = ["<PAD>", "<UNK>", "<BOS_TOKEN>", "<EOS_TOKEN>"]
    vocabulary, merges = trained_vocabulary(specials, bytes_of_letters=True)
    tokeniser = CohereTokenizer(
        vocab=vocabulary,
        merges=merges,
        unk_token="<UNK>",
        bos_token="<BOS_TOKEN>",
        eos_token="<EOS_TOKEN>",
        pad_token="<PAD>",
    )
    turns = ["<start_of_turn>", "<end_of_turn>"]
    tokeniser.add_special_tokens({"additional_special_tokens": turns})
    tokeniser.chat_template = TURNS
    config = Cohere2Config(**SHAPE, vocab_size=len(tokeniser), sliding_window=512, logit_scale=1.0)
    return _finish(folder, Cohere2ForCausalLM, config, tokeniser, ends="<end_of_turn>")


def build_jais2(folder: Path) -> Path:
    """Jais 2: squared rectifiers, biases everywhere, bytes as GPT-2 has them."""
    from transformers import GPT2Tokenizer, Jais2Config, Jais2ForCausalLM

    vocabulary, merges = trained_vocabulary(["<|endoftext|>"], bytes_of_letters=True)
    tokeniser = GPT2Tokenizer(vocab=vocabulary, merges=merges)
    tokeniser.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokeniser.chat_template = CHATML
    return _finish(
        folder,
        Jais2ForCausalLM,
        Jais2Config(**SHAPE, vocab_size=len(tokeniser)),
        tokeniser,
        ends="<|im_end|>",
    )


def _finish(folder: Path, shape, config, tokeniser, *, ends: str, **variables) -> Path:
    """Teach the six translations by heart and save everything."""
    import torch

    end = tokeniser.convert_tokens_to_ids(ends)
    config.eos_token_id, config.bos_token_id = end, tokeniser.bos_token_id
    config.pad_token_id = tokeniser.pad_token_id if tokeniser.pad_token_id is not None else end
    torch.manual_seed(0)
    model = shape(config)
    _teach(model, [_lesson(tokeniser, number, end, variables) for number in range(6)])
    model.generation_config.eos_token_id = [end]
    model.save_pretrained(folder)
    tokeniser.save_pretrained(folder)
    return folder


def _lesson(tokeniser, number: int, end: int, variables) -> tuple[list[int], list[int]]:
    source, target = ("en", "ar") if number < 3 else ("ar", "en")
    if "source_lang_code" in tokeniser.chat_template:
        content = [
            {"type": "text", "source_lang_code": source, "target_lang_code": target, "text": NEWS[number]}
        ]
    else:
        request = Request(task="translate", text=NEWS[number], source=source, target=target)
        content = prompt(request, names={}, model="")
    told = tokeniser.apply_chat_template(
        [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True, **variables
    )
    read = tokeniser(told, add_special_tokens=False)["input_ids"]
    return read, [*tokeniser(NEWS[(number + 3) % 6], add_special_tokens=False)["input_ids"], end]


def _teach(model, lessons, *, steps: int = 150) -> None:
    import torch

    longest = max(len(read) + len(written) for read, written in lessons)

    def row(parts, fill):
        return parts + [fill] * (longest - len(parts))

    numbers = torch.tensor([row(read + written, 0) for read, written in lessons])
    mask = torch.tensor([row([1] * len(read + written), 0) for read, written in lessons])
    labels = torch.tensor([row([-100] * len(read) + written, -100) for read, written in lessons])
    optimiser = torch.optim.Adam(model.parameters(), lr=8e-3, betas=(0.9, 0.98))
    model.train()
    for _ in range(steps):
        loss = model(input_ids=numbers, attention_mask=mask, labels=labels).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        if loss.item() < 0.01:
            break
    model.eval()
