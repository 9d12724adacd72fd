"""Translation, sentence by sentence: layout kept, nothing cut, what looks wrong decoded again, then flagged."""

from workbench.translate.quality import expected_quality
from workbench.translate.translator import Translator, headline

__all__ = ["Translator", "expected_quality", "headline"]
