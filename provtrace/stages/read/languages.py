"""Language labels to ISO 639-1, and the language of a text that has no label."""

from __future__ import annotations

import re
from typing import Final

from provtrace.scoring.identifier import language_identifier
from provtrace.stages.read.dates import without_store_prefix

UNDECIDED: Final = "und"

_SAMPLE: Final = 2000  # characters that are enough for a verdict
_LETTERS: Final = 20  # fewer say little about a language
_CONFIDENT: Final = 0.3  # closely related languages share the probability; noise stays below it

_ISO_639_1: Final = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_CODES: Final = frozenset(_ISO_639_1.split())

# Three-letter codes (ISO 639-2 and -3, with members of macrolanguages), withdrawn codes, and names.
_ALIASES: Final = {
    "af": "afr afrikaans",
    "am": "amh amharic",
    "ar": "ara arb arz ary apc ajp acm arabic العربية",
    "as": "asm assamese",
    "az": "aze azj azb azerbaijani",
    "ba": "bak bashkir",
    "be": "bel belarusian",
    "bg": "bul bulgarian български",
    "bn": "ben bengali bangla",
    "bo": "bod tib tibetan",
    "br": "bre breton",
    "bs": "bos bosnian bosanski",
    "ca": "cat catalan català",
    "cs": "ces cze czech čeština",
    "cy": "cym wel welsh",
    "da": "dan danish dansk",
    "de": "deu ger gsw german deutsch",
    "dz": "dzo dzongkha",
    "el": "ell gre greek ελληνικά",
    "en": "eng english",
    "eo": "epo esperanto",
    "es": "spa spanish español castellano",
    "et": "est ekk estonian eesti",
    "eu": "eus baq basque euskara",
    "fa": "fas per pes prs persian farsi dari",
    "ff": "ful fuv fula",
    "fi": "fin finnish suomi",
    "fo": "fao faroese",
    "fr": "fra fre french français",
    "fy": "fry frisian",
    "ga": "gle irish gaeilge",
    "gd": "gla gaelic",
    "gl": "glg galician galego",
    "gn": "grn gug guarani",
    "gu": "guj gujarati",
    "ha": "hau hausa",
    "he": "heb iw hebrew עברית",
    "hi": "hin hindi",
    "hr": "hrv scr croatian hrvatski",
    "ht": "hat haitian",
    "hu": "hun hungarian magyar",
    "hy": "hye arm armenian",
    "id": "ind in indonesian",
    "ig": "ibo igbo",
    "is": "isl ice icelandic",
    "it": "ita italian italiano",
    "ja": "jpn japanese 日本語",
    "jv": "jav jw javanese",
    "ka": "kat geo georgian",
    "ki": "kik kikuyu",
    "kk": "kaz kazakh",
    "km": "khm khmer",
    "kn": "kan kannada",
    "ko": "kor korean 한국어",
    "ku": "kur kmr ckb sdh kurdish",
    "ky": "kir kyrgyz",
    "la": "lat latin",
    "lb": "ltz luxembourgish",
    "lg": "lug ganda",
    "ln": "lin lingala",
    "lo": "lao",
    "lt": "lit lithuanian lietuvių",
    "lv": "lav lvs latvian latviešu",
    "mg": "mlg plt malagasy",
    "mk": "mkd mac macedonian",
    "ml": "mal malayalam",
    "mn": "mon khk mongolian",
    "mr": "mar marathi",
    "ms": "msa may zsm malay",
    "mt": "mlt maltese",
    "my": "mya bur burmese",
    "nb": "nob bokmål",
    "ne": "nep npi nepali",
    "nl": "nld dut dutch nederlands",
    "nn": "nno nynorsk",
    "no": "nor norwegian norsk",
    "oc": "oci occitan",
    "om": "orm oromo",
    "or": "ori ory odia",
    "pa": "pan pnb punjabi",
    "pl": "pol polish polski",
    "ps": "pus pbt pashto",
    "pt": "por portuguese português",
    "qu": "que quechua",
    "ro": "ron rum mo mol romanian moldovan română",
    "ru": "rus russian русский",
    "rw": "kin kinyarwanda",
    "sa": "san sanskrit",
    "sd": "snd sindhi",
    "si": "sin sinhala",
    "sk": "slk slo slovak slovenčina",
    "sl": "slv slovenian slovene slovenščina",
    "sn": "sna shona",
    "so": "som somali",
    "sq": "sqi alb als albanian shqip",
    "sr": "srp scc serbian српски srpski",
    "st": "sot sotho",
    "sv": "swe swedish svenska",
    "sw": "swa swh swahili kiswahili",
    "ta": "tam tamil",
    "te": "tel telugu",
    "tg": "tgk tajik",
    "th": "tha thai",
    "ti": "tir tigrinya",
    "tk": "tuk turkmen",
    "tl": "tgl fil tagalog filipino",
    "tr": "tur turkish türkçe",
    "tt": "tat tatar",
    "ug": "uig uyghur",
    "uk": "ukr ukrainian українська",
    "ur": "urd urdu",
    "uz": "uzb uzn uzs uzbek",
    "vi": "vie vietnamese",
    "wa": "wln walloon",
    "wo": "wol wolof",
    "xh": "xho xhosa",
    "yi": "yid ydd ji yiddish",
    "yo": "yor yoruba",
    "zh": "zho chi cmn yue wuu chinese mandarin 中文",
    "zu": "zul zulu",
}
_BY_ALIAS: Final = {alias: code for code, aliases in _ALIASES.items() for alias in aliases.split()}


def code(label: str) -> str | None:
    """The ISO 639-1 code that a language tag, an ISO 639-2/3 code or a name stands for; None where there is none."""
    words = re.split(r"[-_.\s;,(]", label.strip().casefold(), maxsplit=1)
    return words[0] if words[0] in _CODES else _BY_ALIAS.get(words[0])


def detect(text: str) -> str:
    """The language of a text by its first characters: ISO 639-1, `UNDECIDED` where they are too few or tell nothing."""
    sample = without_store_prefix(text[: _SAMPLE + 20])[:_SAMPLE]
    if sum(map(str.isalpha, sample)) < _LETTERS:
        return UNDECIDED
    label, probability = language_identifier().classify(sample)
    return (code(label) or UNDECIDED) if probability >= _CONFIDENT else UNDECIDED
