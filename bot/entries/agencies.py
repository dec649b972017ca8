"""The agencies whose texts other outlets print, under all the names that credits use for them."""

from __future__ import annotations

AGENCIES = {
    "AP": ("Associated Press", "The Associated Press", "أسوشيتد برس", "آسوشیتدپرس"),
    "Reuters": ("Thomson Reuters", "رويترز", "رویترز", "Рейтер"),
    "AFP": ("Agence France-Presse", "Agence France Presse", "أ ف ب", "أ.ف.ب", "فرانس برس"),
    "Xinhua": ("Xinhua News Agency", "Xinhuanet", "شينخوا", "Синьхуа"),
    "TASS": ("ITAR-TASS", "ТАСС"),
    "Interfax": ("Интерфакс",),
    "RIA Novosti": ("РИА Новости",),
    "dpa": ("Deutsche Presse-Agentur", "د ب أ"),
    "EFE": ("Agencia EFE",),
    "Europa Press": (),
    "ANSA": (),
    "Lusa": (),
    "Kyodo": ("Kyodo News",),
    "Jiji": ("Jiji Press",),
    "Yonhap": ("Yonhap News Agency",),
    "Anadolu": ("Anadolu Agency", "Anadolu Ajansı", "AA", "الأناضول"),
    "PTI": ("Press Trust of India",),
    "IANS": (),
    "ANI": (),
    "UPI": ("United Press International",),
    "PA Media": ("Press Association",),
    "AAP": ("Australian Associated Press",),
    "Canadian Press": ("The Canadian Press", "La Presse Canadienne", "CP"),
    "Belga": (),
    "ANP": (),
    "APA": ("Austria Presse Agentur",),
    "KNA": (),
    "IRNA": ("ایرنا",),
    "ISNA": ("ایسنا",),
    "Tasnim": ("Tasnim News Agency", "تسنیم"),
    "Fars": ("Fars News Agency", "فارس"),
    "Mehr": ("Mehr News Agency", "مهر"),
    "SANA": ("سانا",),
    "Petra": ("بترا",),
    "Bernama": (),
    "Antara": (),
    "Bloomberg": ("Bloomberg News",),
    "CNN": ("CNN Wire",),
    "News agencies": (
        "Agencies", "Wire services", "Agences", "Agenturen", "Agencias", "Agenzie", "Agências",
        "Агентства", "وكالات", "خبرگزاری‌ها",
    ),
}  # fmt: skip
"""A newsroom, and its other names."""

NAMES = tuple(name for newsroom, others in AGENCIES.items() for name in (newsroom, *others))
AMBIGUOUS = frozenset(
    {"AA", "AAP", "ANI", "ANP", "APA", "CP", "KNA", "Bloomberg", "CNN", "Fars", "Mehr", "Petra"}
    | {"SANA", "فارس", "مهر", "News agencies"}
    | {*AGENCIES["News agencies"]}
)
"""Names that mean something else as well: a person, a place, a party, a channel, a trade."""

_NEWSROOMS = {
    name.casefold(): newsroom
    for newsroom, others in AGENCIES.items()
    for name in (newsroom, *others)
}


def newsroom(name: str) -> str:
    """An agency under the one name that it has here; any other newsroom as it is called."""
    return _NEWSROOMS.get(name.casefold(), name)
