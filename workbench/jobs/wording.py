"""The words of a job's page, in English and in Arabic; counts stand beside words, so that no number bends a noun."""

from __future__ import annotations

from collections.abc import Mapping

_WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("Job: {done:,} done, {rejected:,} rejected", "مهمة: أنجز {done:,}، ورفض {rejected:,}"),
    "state_done": ("The job is done", "اكتملت المهمة"),
    "state_stopped": ("The job is stopped", "أوقفت المهمة"),
    "state_failed": ("The job is failed", "أخفقت المهمة"),
    "go_on": (
        "Run the same command again: it goes on where it stopped, and nothing that is finished is made twice.",
        "أعد تشغيل الأمر نفسه فيكمل من حيث توقف، ولا ينجز شيء اكتمل مرتين.",
    ),
    "done": ("articles done", "المقالات المنجزة"),
    "rejected": ("rejected", "المرفوضة"),
    "flagged": ("with something to check", "ما فيه شيء للتحقق"),
    "tokens": ("tokens generated", "الوحدات المولدة"),
    "tokens_per_second": ("tokens a second, last run", "الوحدات في الثانية، آخر تشغيل"),
    "articles_per_second": ("articles a second, last run", "المقالات في الثانية، آخر تشغيل"),
    "run_seconds": ("seconds, last run", "الثواني، آخر تشغيل"),
    "seconds": ("seconds of all processes", "الثواني لكل العمليات"),
    "last_run": (
        "The last run finished {run_done:,} articles and rejected {run_rejected:,}. Finished shards in the folder: "
        "{shards:,}; records are in the folder “records”, rejections with their cures in “rejected”.",
        "في آخر تشغيل: أنجز {run_done:,}، ورفض {run_rejected:,}. الأجزاء المكتملة في المجلد: {shards:,}؛ السجلات في "
        "المجلد «\u2068records\u2069»، والمرفوض مع علاجه في «\u2068rejected\u2069».",
    ),
    "flags": ("What to check", "ما ينبغي التحقق منه"),
    "reasons": ("Why articles were rejected", "لماذا رفضت مقالات"),
    "plan": ("The plan", "الخطة"),
}


def wording(language: str) -> dict[str, str]:
    """The words in Arabic for an Arabic reader, in English for all others."""
    at = int(language.partition("-")[0].lower() == "ar")
    return {key: pair[at] for key, pair in _WORDS.items()}
