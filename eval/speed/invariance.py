"""Whether a sentence is translated the same alone and in company: share of real sentences that differ.

    python eval/speed/invariance.py workbench/embedded news.ar --from ar --to en

In float32 none should. In int8 and bfloat16 rounding depends on neighbours a little; this says how often it shows.
"""

from __future__ import annotations

from common import parser_of, sentences, spec_of

from workbench.engines.base import Decoding
from workbench.engines.ct2 import CTranslate2
from workbench.engines.seq2seq import Seq2Seq


def main() -> None:
    parser = parser_of(__doc__, most=200)
    parser.add_argument("--beam", type=int, default=1)
    parser.add_argument(
        "--dtypes", nargs="+", default=["ct2:float32", "ct2:int8", "seq2seq:float32", "seq2seq:bfloat16"]
    )
    arguments = parser.parse_args()
    texts = sentences(arguments)
    languages = {"source": arguments.source, "target": arguments.target}
    decoding = Decoding(beam=arguments.beam)
    for name in arguments.dtypes:
        kind, _, dtype = name.partition(":")
        engine = {"ct2": CTranslate2, "seq2seq": Seq2Seq}[kind](spec_of(arguments.model, {"dtype": dtype}))
        together = engine.generate(texts, decoding, **languages)
        alone = [engine.generate([text], decoding, **languages)[0] for text in texts]
        differ = sum(one.text != other.text for one, other in zip(together, alone, strict=True))
        print(
            f"{name} beam {arguments.beam}: {differ} of {len(texts)} sentences differ ({differ / len(texts):.1%})"
        )


if __name__ == "__main__":
    main()
