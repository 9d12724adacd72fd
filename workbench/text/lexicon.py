"""Closed lists that tell a full stop from the dot of an abbreviation, in English and Arabic."""

from __future__ import annotations


def _words(lines: str) -> frozenset[str]:
    return frozenset(lines.split())


TITLES = _words(
    """
    Mr Mrs Ms Mx Dr Prof Gen Maj Col Lt Cmdr Cdr Capt Sgt Cpl Spc Pfc Pvt Adm Brig Sen Rep Reps Sens
    Gov Pres Amb Atty Hon Rev Fr Msgr St Ste Mt Ft Supt Insp Det Messrs Mme Mlle vs
    """
)
"""English abbreviations that stand before a name."""

NUMBERED = _words("No Nos no nos Art art Fig fig Vol vol Res Sec sec pp p Ch ch par para op Rs")
"""English abbreviations that stand before a number."""

CALENDAR = _words("Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Tue Tues Wed Thu Thurs Fri")
"""English abbreviations of months and days, but for those that are words: Mon, Sat, Sun."""

SOFT = CALENDAR | _words(
    """
    Inc Corp Co Ltd LLC Bros Jr Sr etc al Dept dept Univ Assn Bldg Ave Blvd Rd est Approx approx ca
    cf dept ed eds Ala Ariz Calif Colo Conn Del Fla Ga Kan Ky Md Mich Minn Mont Neb Nev Okla Ore Pa
    Tenn Tex Va Vt Wis Wyo PhD Esq
    """
)
"""English abbreviations that may also end a sentence: what follows decides."""

SMALL_ABBREVIATIONS = frozenset(word.lower() for word in TITLES | NUMBERED | SOFT) | _words(
    "govt intl natl misc incl"
)
"""All of these in small letters."""

AFTER_CLOCK = CALENDAR | _words(
    """
    ET EST EDT CT CST CDT MT MST MDT PT PST PDT GMT UTC BST CET CEST EET MSK IST Monday Tuesday
    Wednesday Thursday Friday Saturday Sunday Eastern Central Pacific Mountain January February
    March April May June July August September October November December
    """
)
"""What goes on after "a.m." and "p.m." within a sentence."""

STARTERS = _words(
    """
    The An In On At He She It They We You But And Or This That These Those His Her Its Their Our My
    There Here When While After Before If As For From With Without However Meanwhile Some Many Most
    One Two Three Not No So Then What Why How Who Where Also Since Under During Both Each All
    Another According Although Though Because Despite Earlier Last Later More Now Only Other Others
    Still Such Until Yet By To Of Is Are Was Were Do Does Did Can Could Will Would Has Have Had Let
    Please Yes Nor Nearly Nobody Nothing Once Over Perhaps Several Today Yesterday Tomorrow Even
    Every Everyone Few It's That's There's He's She's They're We're I've I'm Police Officials
    Experts Critics Sources
    """
)
"""English words that open a sentence far more often than they go on after an abbreviation."""

ARABIC_TITLES = _words("د أ م ا ود وأ وم أد أ.د ا.د أ.م.د م.م أ.م ط ص مج تح بروف")
"""Arabic abbreviations that stand before a name or a number."""

ARABIC_UNITS = _words("م ص كم كلم")
"""Arabic abbreviations that stand behind a number."""

ARABIC_AFTER_UNIT = _words("بتوقيت بالتوقيت عن")
"""What goes on after a unit within a sentence; "في", "من" and "إلى" open too many sentences."""

LETTER_NAMES = _words(
    """
    إيه ايه أيه بي سي دي إي إف اف جي إتش اتش آي جيه كيه كي إل إم ام إن أو كيو آر ار إس اس تي يو في
    دبليو إكس اكس واي زد
    """
)
"""Latin letters as Arabic writes their names: the initials of foreign names."""

SAYING = _words(
    """
    قال قالت قالوا يقول تقول أضاف أضافت يضيف تضيف تابع تابعت صرح صرّح صرحت أكد أكدت أوضح أوضحت ذكر
    ذكرت أشار أشارت أفاد أفادت أعلن أعلنت كتب كتبت سأل سألت تساءل تساءلت رد ردت أجاب أجابت صاح صاحت
    هتف هتفت علق علقت شدد شددت لفت نقل نقلت حذر حذرت اعتبر اعتبرت رأى رأت بين بيّن كشف كشفت دعا دعت
    طالب طالبت زعم زعمت ادعى وصف وصفت أردف أخبر أخبرت
    """
)
"""Arabic verbs that report speech, bare."""

ARABIC_STARTERS = _words(
    """
    وقد وكان وكانت ولم ولن ولا وليس وفي ومن وعن وعلى وهو وهي وهذا وهذه وذلك كما لكن ولكن إلا بينما
    فيما وبينما وفيما ثم ويذكر وجاء وجاءت ويأتي وتأتي وبعد وقبل ومنذ وكل وإذا وإن وأن وأنه حيث وحسب
    ووفق ووفقا ووفقًا لذلك ولذلك هذا وتم ويبدو وسوف إنه إنها
    """
) | {"و" + verb for verb in SAYING}
"""Arabic words that open a sentence rather than go on after an abbreviation."""
