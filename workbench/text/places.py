"""Countries, capitals and organisations that news names, as English and Arabic write them: each line is one."""

from __future__ import annotations

from collections import defaultdict

from workbench.text.arabic import matching
from workbench.text.stems import bare_forms

_LINES = """
america american usa us united-states washington | امريكا امريكي اميركا اميركي الولايات-المتحدة واشنطن
britain british uk united-kingdom london england | بريطانيا بريطاني المملكة-المتحدة لندن انجلترا انكلترا
france french paris | فرنسا فرنسي باريس
germany german berlin | المانيا الماني برلين
italy italian rome | ايطاليا ايطالي روما
spain spanish madrid | اسبانيا اسباني مدريد
russia russian moscow kremlin | روسيا روسي موسكو الكرملين
ukraine ukrainian kyiv kiev | اوكرانيا اوكراني كييف
china chinese beijing | الصين صيني بكين
japan japanese tokyo | اليابان ياباني طوكيو
india indian delhi | الهند هندي نيودلهي دلهي
pakistan pakistani islamabad | باكستان باكستاني
afghanistan afghan kabul | افغانستان افغاني كابول كابل
iran iranian tehran | ايران ايراني طهران
iraq iraqi baghdad | العراق عراقي بغداد
syria syrian damascus | سوريا سوري سورية دمشق
lebanon lebanese beirut | لبنان لبناني بيروت
jordan jordanian amman | الاردن اردني
palestine palestinian gaza ramallah | فلسطين فلسطيني غزة
israel israeli jerusalem | اسرائيل اسرائيلي
egypt egyptian cairo | مصر مصري القاهرة
sudan sudanese khartoum | السودان سوداني الخرطوم
libya libyan tripoli | ليبيا ليبي
tunisia tunisian tunis | تونس تونسي
algeria algerian algiers | الجزائر جزائري
morocco moroccan rabat | المغرب مغربي
mauritania mauritanian nouakchott | موريتانيا موريتاني نواكشوط
somalia somali mogadishu | الصومال صومالي مقديشو
yemen yemeni sanaa aden | اليمن يمني صنعاء
saudi riyadh | السعودية سعودي الرياض
emirates emirati uae dubai | الامارات اماراتي دبي ابوظبي
qatar qatari doha | قطر قطري الدوحة
kuwait kuwaiti | الكويت كويتي
bahrain bahraini manama | البحرين بحريني المنامة
oman omani muscat | عمان عماني مسقط
turkey turkish turkiye ankara istanbul | تركيا تركي انقرة اسطنبول
greece greek athens | اليونان يوناني اثينا
cyprus cypriot nicosia | قبرص قبرصي
poland polish warsaw | بولندا بولندي وارسو
hungary hungarian budapest | المجر مجري بودابست
austria austrian vienna | النمسا نمساوي فيينا
switzerland swiss geneva | سويسرا سويسري جنيف
netherlands dutch hague amsterdam | هولندا هولندي امستردام
belgium belgian brussels | بلجيكا بلجيكي بروكسل
sweden swedish stockholm | السويد سويدي ستوكهولم
norway norwegian oslo | النرويج نرويجي اوسلو
denmark danish copenhagen | الدنمارك دنماركي كوبنهاغن
portugal portuguese lisbon | البرتغال برتغالي لشبونة
ireland irish dublin | ايرلندا ايرلندي دبلن
scotland scottish edinburgh | اسكتلندا اسكتلندي
canada canadian ottawa | كندا كندي اوتاوا
mexico mexican | المكسيك مكسيكي
brazil brazilian | البرازيل برازيلي
argentina argentine | الارجنتين ارجنتيني
venezuela venezuelan caracas | فنزويلا فنزويلي كراكاس
cuba cuban havana | كوبا كوبي هافانا
australia australian canberra sydney | استراليا استرالي كانبيرا سيدني
korea korean seoul pyongyang | كوريا كوري سيول
vietnam vietnamese hanoi | فيتنام فيتنامي هانوي
indonesia indonesian jakarta | اندونيسيا اندونيسي جاكرتا
malaysia malaysian | ماليزيا ماليزي
philippines filipino manila | الفلبين فلبيني مانيلا
nigeria nigerian abuja | نيجيريا نيجيري ابوجا
ethiopia ethiopian | اثيوبيا اثيوبي
kenya kenyan nairobi | كينيا كيني نيروبي
mali malian bamako | مالي باماكو
chad chadian | تشاد تشادي
armenia armenian yerevan | ارمينيا ارميني يريفان
azerbaijan azerbaijani azeri baku | اذربيجان اذربيجاني باكو
georgia georgian tbilisi | جورجيا جورجي تبليسي
serbia serbian belgrade | صربيا صربي بلغراد
vatican | الفاتيكان
nato | الناتو حلف-الاطلسي
europe european eu | اوروبا اوروبي
africa african | افريقيا افريقي
asia asian | اسيا اسيوي
un united-nations | الامم-المتحدة
unesco | اليونسكو
unicef | اليونيسف
opec | اوبك
hamas | حماس
hezbollah | حزب-الله
taliban | طالبان
daesh isis | داعش
"""
_COMMON = frozenset({"عمان", "مالي", "كيني", "كندي", "بحرين", "مصري", "us"})
"""Spellings that mostly are something else, or may be: "us", «مالي» (financial). They support a name but are none."""


def _families() -> tuple[dict[str, frozenset[int]], frozenset[str]]:
    found, phrases = defaultdict[str, set[int]](set), set[str]()
    for number, line in enumerate(_LINES.strip().splitlines()):
        for spelling in line.replace("|", " ").split():
            form = matching(spelling.replace("-", " ")).removeprefix("ال")
            found[form].add(number)
            if " " in form:
                phrases.add(form)
    return {form: frozenset(numbers) for form, numbers in found.items()}, frozenset(phrases)


_FAMILIES, PHRASES = _families()


def families(word: str) -> frozenset[int]:
    """Which of the places and organisations a word names, clitics and endings aside; none for most words.

    >>> families("والأمريكية") == families("American") != frozenset(), families("Officials")
    (True, frozenset())
    """
    for form in _readings(word):
        if form in _FAMILIES:
            return _FAMILIES[form]
    return frozenset()


def is_place(word: str) -> bool:
    """Whether a word by itself names one of them, whatever stands around it."""
    return bool(families(word)) and not any(form in _COMMON for form in _readings(word))


def _readings(word: str) -> list[str]:
    folded = matching(word)
    if folded.isascii():
        bare = folded.removesuffix("'s")
        return [bare, bare.removesuffix("s")]
    forms = sorted((form.removeprefix("ال") for form in bare_forms(word)), key=len, reverse=True)
    endings = ("", "ه", "ين", "ون", "ان", "ات", "تين", "تان")
    return [form.removesuffix(ending) for form in forms for ending in endings if form.endswith(ending)]
