"""Identifiers for exports: any id of a run as a part of a URN, of XML, of a spreadsheet cell."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote

# What XML 1.0 can't carry, the carriage return that its readers change, and the escape sign itself.
_NOT_IN_XML: Final = re.compile(
    r"[^\t\n\x20-\x5b\x5d-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010fffd]"
)


def local(*parts: object) -> str:
    """Ids as one name of letters, digits and ``_-~%`` with a dot between the parts; different ids, different names."""
    return ".".join(_escaped(str(part)) for part in parts)


@lru_cache(maxsize=65_536)
def _escaped(part: str) -> str:
    return quote(part, safe="").replace(".", "%2E")


def urn(kind: str, *parts: object) -> str:
    """The URN of an ``article``, ``upstream``, ``sentence`` ... of a run."""
    return f"urn:provtrace:{kind}:{local(*parts)}"


def xml_text(text: str) -> str:
    r"""The text with every character that XML can't carry written as ``\uXXXX``; different texts stay different."""
    return _NOT_IN_XML.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
