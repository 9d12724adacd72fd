"""Phrases by which web pages give away that a line is no part of an article."""

from __future__ import annotations

import re

from workbench.sources.lines import words


def _starting(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"\W*(?:{'|'.join(phrases)})", re.IGNORECASE)


# Verbs that news sentences begin with («شارك», «تابع», «سجل») count only with what a page would ask for.
_LABEL = _starting(
    r"read (?:more|also|next|the full)",
    r"related(?: \w+)?\W*$",
    r"related\s*:",
    r"see also",
    r"more (?:on|from|in|about|stories|news|must-reads|coverage|headlines)\b",
    r"you may also",
    r"also read",
    r"recommended\b",
    r"most (?:read|popular|viewed)",
    r"trending\b",
    r"top stories",
    r"latest (?:news|stories|headlines|articles)",
    r"editor'?s.? picks?",
    r"what to read next",
    r"don.t miss\b",
    r"in case you missed",
    r"popular (?:now|stories)",
    r"(?:\d+ )?comments?(?: \(\d+\))?\W*$",
    r"join the (?:discussion|conversation)",
    r"(?:اقرأ|إقرأ|اقرا|اقرئي|شاهد|طالع) (?:أيضا|أيضًا|أيضاً|ايضا|ايضاً|المزيد)",
    r"(?:ال)?(?:مواضيع|أخبار|اخبار|مقالات|موضوعات|روابط|محتوى|تقارير) (?:ذات صلة|ذات الصلة|مشابهة|متعلقة|مرتبطة)",
    r"(?:مواضيع|أخبار|اخبار|مقالات|موضوعات) (?:قد )?(?:تهمك|تعجبك)",
    r"قد (?:يهمك|يعجبك)",
    r"(?:ال)?(?:أكثر|اكثر) (?:قراءة|مشاهدة|تداولا)",
    r"المزيد (?:من|حول|عن)",
    r"(?:أخبار أخرى|آخر الأخبار|اخترنا لك[م]?)\W*$",
    r"(?:ال)?تعليقات(?: \(\d+\))?\W*$",
)
_REQUEST = _starting(
    r"(?:sign up|subscribe|sign in|log in|register)\b(?=.{0,60}(?:\b(?:now|here|today|for|to|our)\b|$))",
    r"follow (?:us|our|\w+(?: \w+)? on (?:twitter|x|facebook|instagram|whatsapp|telegram|youtube))\b",
    r"share (?:this|on|via)\b",
    r"click (?:here|to)\b",
    r"tap here",
    r"(?:watch|listen)(?: (?:live|now|more|the video|to this article|to this story))?\s*(?::|$)",
    r"advertisement\b",
    r"article content\W*$",
    r"(?:story|article) continues",
    r"continue reading",
    r"get (?:our|the|your|all)\b.*\b(?:newsletter|inbox|app)\b",
    r"download (?:our|the)\b.*\bapp\b",
    r"(?:join|support) us\b",
    r"donate (?:now|today|here|to us)",
    r"loading\W*$",
    r"\d+[ -]min(?:ute)?s?\.? (?:read|listen|watch)\W*$",
    r"(?:print|email) this",
    r"this (?:article|story|piece) (?:was )?(?:first |originally )?(?:published|appeared)",
    r"(?:have|do) you (?:have|been|got)\b.*(?:story|tip|affected|in touch)",
    r"شارك(?:وا)? (?:هذا|هذه|الخبر|المقال|الصفحة|عبر|على (?:فيسبوك|تويتر|واتساب))",
    r"(?:تابعونا|تابعنا)",
    r"تابع(?:وا)?\b.{0,40}(?:على|عبر)\b.{0,30}(?:تويتر|فيسبوك|تلغرام|تليغرام|واتساب|يوتيوب|انستغرام|إنستغرام|نبض|غوغل|جوجل|إكس)",
    r"للاشتراك",
    r"(?:اشترك|اشتركوا|انضم|انضموا) (?:الآن|في قناة|في قناتنا|في نشرتنا|في النشرة|إلى قناتنا|إلى قناة)",
    r"حمل(?:وا)? (?:تطبيق|التطبيق)",
    r"(?:اضغط|انقر|اضغطوا) (?:هنا|على الرابط)",
    r"للمزيد (?:من|اضغط|تابع|اقرأ)",
    r"(?:إعلان|اعلان|طباعة|نسخ الرابط|حفظ|تكبير الخط|تصغير الخط)\W*$",
    r"أرسل (?:إلى صديق|لصديق|عبر البريد)",
)
_NOTICE = re.compile(
    "|".join(
        (
            r"^\W*copyright\b",
            r"(?:©|\(c\)) ?\d{4}",
            r"all rights reserved",
            r"\b(?:this|our|all) (?:material|content|article|story|page|site)s?\b.{0,40}\bmay not be "
            r"(?:published|reproduced|broadcast)",
            r"may not be (?:published|reproduced|broadcast)\b.{0,80}\bwithout\b.{0,40}\b(?:prior|written|express)\b",
            r"affiliate (?:links?|commissions?|partners?)",
            r"earn (?:a|an)\b.{0,20}commission",
            r"(?:^\W*(?:accept|agree to)|\bour|\b(?:you|i)\b.{0,30}\b(?:agree|accept|consent))\b.{0,60}"
            r"(?:privacy policy|terms of (?:use|service)|cookies)",
            r"(?:views|opinions) expressed (?:in this|here|are)",
            r"not necessarily reflect the (?:views|opinions|official)",
            r"(?:your|post a|leave a|add a) comments?\b.{0,40}(?:posted|published|here|below|required)",
            r"(?:sign|signing) up (?:to|for) .{0,60}newsletter",
            r"we(?:'d like| would like| want) to hear from you",
            r"^.{0,60}\b(?:contact|e-?mail|write to|reach(?: out to)?)\b.{0,60}\S+@\S+\.\w+",
            r"comments? (?:is|are|will be|may be) .{0,20}moderat",
            r"(?:\bour|\bsite['’]s|^\W*(?:please )?(?:(?:read|see|visit|follow)(?: the)?)?) ?community guidelines",
            r"(?:جميع )?(?:ال)?حقوق محفوظة",
            r"(?:موقعنا|باستخدامك|ننصحك|مشاركات?ك|تعليقات?ك|موافقتك|(?:أنت|[أإ]نك) توافق).{0,200}"
            r"(?:سياسة الخصوصية|شروط الاستخدام|إرشادات الاستخدام)",
            r"^\W*(?:ال)?(?:آراء|اراء|مقالات?|تعليقات|مشاركات)\b.{0,120}لا [تي]عبر (?:بالضرورة )?عن (?:رأي|وجهة نظر)",
            r"لا [تي]عبر (?:بالضرورة )?عن (?:رأي|وجهة نظر) (?:\w+ )?(?:ال)?(?:موقع|صحيفة|قناة|جريدة|مجلة|شبكة|تحرير)",
            r"ملفات تعريف الارتباط",
        )
    ),
    re.IGNORECASE,
)
_CREDIT = _starting(
    r"with (?:files|reporting|additional reporting) (?:from|by)\b",
    r"(?:additional |further )?(?:reporting|editing|writing|photos?|photography|images?|graphics?|translation) "
    r"(?:by|courtesy)\b",
    r"(?:photo|image|picture|video)s?(?: credits?| source)?\s*:",
    r"(?:[\w./ ]{2,40}/ ?)?(?:[\w/ ]{2,30} via )?getty images",
    r"(?:file )?photograph(?:er|s)?\s*:|file (?:photo|picture|image)\s*[:\[(]",
    r"(?:تصوير|الصورة|صورة|مصدر الصورة)\s*:",
)


def is_label(line: str) -> bool:
    """Whether a line is a heading over links, such as "Read more" or «اقرأ أيضا».

    >>> is_label("اقرأ أيضا"), is_label("More from Lebanon"), is_label("Related talks resumed on Sunday in Vienna.")
    (True, True, False)
    """
    return len(words(line)) <= 8 and line[-1] not in ".!" and _LABEL.match(line) is not None


def is_credit(line: str) -> bool:
    """Whether a line credits reporters or photographers, such as "(Reporting by Jane Doe)"."""
    return len(words(line)) <= 25 and _CREDIT.match(line) is not None


def is_furniture(line: str) -> bool:
    """Whether a line asks, offers, credits or warns, rather than tells.

    >>> is_furniture("Sign up to our newsletter"), is_furniture("شارك الوزير في المؤتمر الصحفي")
    (True, False)
    """
    count = len(words(line))
    if count == 0 or is_credit(line):
        return True
    if count <= 30 and _LABEL.match(line) and re.match(r"[^:：]{3,30}[:：]", line):
        return True
    return (count <= 40 and _REQUEST.match(line) is not None) or (
        count <= 90 and _NOTICE.search(line) is not None
    )
