"""Which language an entry is written in: by its small words, or else as is claimed.

What a feed claims is said of the whole of it, and often wrong: ``en-us`` is what some programs say
until somebody changes it, and agencies write in several languages under one tag. So a text that is
surely in another language is believed more. In doubt the claim stands, for a wrong language keeps an
entry out of its story. Names tell nothing: only small words count, and a script that one language
alone is written in.
"""

from __future__ import annotations

import re
from collections import Counter

SURE = 3
"""Different small words of a language that show a text to be in it …"""
CLEARLY = 2
"""… if they are so many times those of any other language …"""
OFTEN = 8
"""… and one in so many of all its different words."""
READ = 300
"""Characters of the text that are looked at: some 50 words."""

_COMMON = {
    "en": "the of and to in a for on is with as at by from that it was are be has have had will not but his her their its this who after over says said new an were been more than against about into up out he they would when which amid before could two first people you your what how why",
    "fr": "le la les l de des du d un une et en à au aux pour par sur dans est sont ont que qui qu ne pas plus après avec son sa ses leur ce cette a été il elle se s mais lors contre selon entre être comme ou",
    "es": "el la los las de del un una y en a al por para con que se su sus es son ha han no más tras según sobre como lo fue pero este esta entre desde hasta contra ser está sin también cuando",
    "pt": "o a os as de do da dos das um uma e em no na nos nas ao à por para com que se seu sua é são foi não mais após segundo sobre como mas pela pelo entre até contra diz ainda depois ser ter está quando",
    "it": "il lo la i gli le l di del della dei delle dell un una uno e in nel nella a al alla ai da dal dalla per con su sul sulla che è sono ha hanno non più dopo come si anche ma tra fra contro suo sua ancora era stato sull nell all",
    "de": "der die das den dem des ein eine einen einem einer und in im zu zum zur von vom mit auf für an am bei nach ist sind war hat haben wird werden nicht auch sich es er sie wie als aus um dass aber noch über vor oder mehr bis durch gegen wegen",
    "nl": "de het een en van in op te voor met aan bij is zijn was heeft hebben wordt worden niet ook dat die er om als uit naar na over door maar meer nog tot tegen hij ze wil kan geen omdat zich weer",
    "sv": "och att det som en ett på är av för med den till i har de inte om var från efter vid men sig kan ska när mot under eller över nu mer också han hon säger",
    "da": "og at det som en et på er af for med den til i har de ikke om var fra efter ved men sig kan skal når mod under eller over nu mere også han hun siger bliver blev",
    "no": "og at det som en et på er av for med den til i har de ikke om var fra etter ved men seg kan skal når mot under eller over nå mer også han hun sier blir ble",
    "fi": "ja on ei että se oli hän mutta kun myös ovat joka kuin sen jo sekä vain ole mukaan tai nyt jälkeen kanssa voi jos vielä ennen",
    "pl": "w i na z do się nie że o po za od przez dla jest są to jak ale jego ich tym był była było będzie ze co oraz już może tego czy przed pod także",
    "cs": "a v na se že je z do o s pro k po podle za od jako by ale si jsou bude jeho byl byla bylo ze však ve už také při nebo které který",
    "sk": "a v na sa že je z do o s pre k po podľa za od ako by ale si sú bude jeho bol bola bolo zo však vo už tiež pri alebo ktoré ktorý",
    "hu": "a az és hogy nem is egy meg volt van de már csak szerint el még ez azt után lesz között mint miatt ki lehet pedig vagy be",
    "ro": "de și în la a cu pe din că o un pentru nu care mai este sunt fost au după al ale lui prin sau până ce dar fi unui unei împotriva fără",
    "hr": "je i u na se da za su od s o će nije bi kao iz do koji koja što ali nakon po sa te kako ne biti bio bila protiv prema zbog",
    "tr": "ve bir bu için ile da de en çok daha olarak olan var göre sonra kadar ancak gibi ne ama son dedi oldu yeni her değil ise etti nedeniyle karşı açıkladı söyledi arasında",
    "id": "yang di dan dari untuk dengan pada ke ini itu dalam tidak akan oleh telah para kata sebagai juga ada bisa karena saat setelah lebih mereka atau sudah tak usai agar hingga kembali tetapi masih seperti",
    "vi": "và của là có cho các trong được một những không người này với đã từ khi để tại vào về đến ra bị ông sau trên nhiều cũng còn sẽ phải hơn",
    "ru": "в и на с не что по о из к за для от у как его но это был была были при до после же также более или они он она их будет со об",
    "uk": "в і у на з не що та до за про від для як його але це був була були при після також більше або вони він вона їх буде зі через під є",
    "bg": "на и в за от се с да не по са е след ще със като до че при към той тя във беше които но или бяха този",
    "sr": "је и у на се да за су од с о ће није би као из до који која што али након по са те како не бити био била против",
    "ar": "في من على إلى عن مع أن إن التي الذي ما لا هذا هذه بعد قبل بين كان كانت قال قالت وقال حتى خلال لم لن قد أو ثم عند كما غير أي عندما لكن",
    "fa": "در از به که را با این است برای آن می شد ها های خود بر تا شده کرد یک هم بود پس اما هر نیز خواهد یا گفت شود شدند کرده کردند بیش ای",
    "ur": "کے کی کا میں سے نے ہے کو اور پر ہیں کہ یہ بھی تھا گیا ہو کر نہیں اس تھی تھے ان جو گئے دیا گئی لیے بعد ایک وہ تک رہے",
    "hi": "के की का में से ने है को और पर हैं कि यह भी था गया हो कर नहीं इस थी थे जो एक लिए बाद",
}  # fmt: skip
_BY_WORD: dict[str, tuple[str, ...]] = {}
for _language, _common in _COMMON.items():
    for _word in _common.split():
        _BY_WORD[_word] = (*_BY_WORD.get(_word, ()), _language)
_LETTERS = {"ы": "ru", "э": "ru", "і": "uk", "ї": "uk", "є": "uk", "ђ": "sr", "ћ": "sr", "џ": "sr"}
"""They tell languages apart whose small words are alike."""
_ONE_LANGUAGE = re.compile(
    r"(?P<el>[\u0370-\u03ff\u1f00-\u1fff])|(?P<hy>[\u0530-\u058f])|(?P<he>[\u0590-\u05ff])"
    r"|(?P<th>[\u0e00-\u0e7f])|(?P<ka>[\u10a0-\u10ff])|(?P<ko>[\u1100-\u11ff\uac00-\ud7af])"
    r"|(?P<ja>.*[\u3040-\u30ff])|(?P<zh>[\u3400-\u9fff])"
)
"""By the first letter of a word; a run of Chinese characters with kana in it is Japanese."""
_LATIN = frozenset(language for language, common in _COMMON.items() if common[0].isascii())
_KNOWN = frozenset(_COMMON) | frozenset(_ONE_LANGUAGE.groupindex)
_TAG = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.IGNORECASE)
_SAME = {
    "nb": "no", "nn": "no", "iw": "he", "in": "id", "prs": "fa", "cmn": "zh",
    "ara": "ar", "deu": "de", "eng": "en", "fas": "fa", "fra": "fr", "ita": "it", "jpn": "ja",
    "por": "pt", "rus": "ru", "spa": "es", "tur": "tr", "ukr": "uk", "zho": "zh",
}  # fmt: skip
_NO_LANGUAGE = frozenset(["und", "mul", "zxx", "mis"])
_WORD = re.compile(r"[^\W\d_]+")


def language_of(title: str, text: str, claimed: str | None) -> str | None:
    """The language as a bare BCP 47 code (``en``, not ``en-GB``); None where nobody can say.

    A claim of a language that cannot be told from its kin here, as Catalan, is always believed.
    """
    claim = _claim(claimed)
    if claim is not None and claim not in _KNOWN:
        return claim
    said = frozenset(_WORD.findall(f"{title} {text[:READ]}".casefold()))
    foreign = [word for word in said if not _is_latin(word)]
    if script := _by_script(foreign, said):
        return claim if (claim, script) == ("ja", "zh") else script
    if surely := _by_small_words(foreign, said):
        return surely
    return None if claim in _LATIN and _most(foreign, said) else claim


def _claim(tag: str | None) -> str | None:
    if tag is None or (found := _TAG.fullmatch(tag)) is None:
        return None
    language = found[1].lower()
    return None if language in _NO_LANGUAGE else _SAME.get(language, language)


def _is_latin(word: str) -> bool:
    return word < "\u0370" or "\u1e00" <= word < "\u1f00"


def _by_script(foreign: list[str], said: frozenset[str]) -> str | None:
    letters = Counter[str]()
    for word in foreign:
        if (found := _ONE_LANGUAGE.match(word)) is not None and found.lastgroup:
            letters[found.lastgroup] += len(word)
    if letters["ja"] * 4 > letters["zh"]:
        letters["ja"] += letters.pop("zh", 0)
    language, most = max(letters.items(), key=lambda each: each[1], default=("", 0))
    return language if 2 * most > sum(map(len, said)) else None


def _by_small_words(foreign: list[str], said: frozenset[str]) -> str | None:
    votes = Counter(language for word in said for language in _BY_WORD.get(word, ()))
    for word in foreign:
        votes.update({_LETTERS[letter] for letter in word if letter in _LETTERS})
    if not votes:
        return None
    (language, most), (_, next_most) = (*votes.most_common(2), ("", 0))[:2]
    sure = most >= SURE and most >= CLEARLY * next_most and most * OFTEN >= len(said)
    return language if sure else None


def _most(some: list[str], said: frozenset[str]) -> bool:
    return 2 * sum(map(len, some)) > sum(map(len, said))
