"""PROV-N and PROV-JSONLD: the PROV-JSON document of `prov` in W3C PROV's other notations, statement by statement.

PROV-N is the Recommendation https://www.w3.org/TR/prov-n/, PROV-JSONLD the member submission
https://www.w3.org/submissions/prov-jsonld/. Only what `prov_document` writes is translated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

JSONLD_CONTEXT: Final = "https://openprovenance.org/prov-jsonld/context.jsonld"

Record = Mapping[str, Any]


@dataclass(frozen=True)
class _Statement:
    """A kind of statement.

    Attributes:
        term: its name in PROV-JSONLD.
        formal: its formal attributes in the order in which PROV-N has them, less the identifier.
        element: whether it declares a thing, so that its identifier is no option.
    """

    term: str
    formal: tuple[str, ...]
    element: bool = False


# By their names in PROV-JSON, which are those of PROV-N.
_STATEMENTS: Final[Mapping[str, _Statement]] = {
    "entity": _Statement("Entity", (), element=True),
    "activity": _Statement("Activity", ("prov:startTime", "prov:endTime"), element=True),
    "agent": _Statement("Agent", (), element=True),
    "wasGeneratedBy": _Statement("Generation", ("prov:entity", "prov:activity", "prov:time")),
    "used": _Statement("Usage", ("prov:activity", "prov:entity", "prov:time")),
    "wasDerivedFrom": _Statement(
        "Derivation",
        ("prov:generatedEntity", "prov:usedEntity", "prov:activity", "prov:generation", "prov:usage"),
    ),
    "wasAttributedTo": _Statement("Attribution", ("prov:entity", "prov:agent")),
    "wasAssociatedWith": _Statement("Association", ("prov:activity", "prov:agent", "prov:plan")),
    "wasInfluencedBy": _Statement("Influence", ("prov:influencee", "prov:influencer")),
    "hadMember": _Statement("Membership", ("prov:collection", "prov:entity")),
}
_ANONYMOUS: Final = "_:"  # PROV-JSON needs a key for every statement; memberships have no identifier
_TERMS: Final = {"prov:type": "type", "prov:label": "label", "prov:location": "location"}
_QUALIFIED_NAME: Final = "xsd:QName"
# A local name may hold these, and neither start nor end with them unescaped.
_NAME_ENDS: Final = re.compile(r"(?<=:)[.-]|\.$")
# What JSON leaves as it is and PROV-N allows, but a reader's display may obey: C1 controls, marks that reorder text.
_STEERING: Final = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def prov_n(document: Record) -> str:
    """The document in PROV-N.

    Args:
        document: what `prov.prov_document` gives.
    """
    lines = ["document", *(f"  prefix {prefix} <{iri}>" for prefix, iri in sorted(document["prefix"].items()))]
    lines += [f"  {line}" for line in _lines(document)]
    for name, bundle in sorted(document.get("bundle", {}).items()):
        lines += [f"  bundle {_name(name)}", *(f"    {line}" for line in _lines(bundle)), "  endBundle"]
    return "\n".join([*lines, "endDocument", ""])


def _statements(records: Record) -> Iterator[tuple[str, _Statement, str | None, Record]]:
    """Every statement of a document or bundle: its kind's name and shape, its identifier, its attributes."""
    for section, statement in _STATEMENTS.items():
        for key, attributes in sorted(records.get(section, {}).items()):
            yield section, statement, None if key.startswith(_ANONYMOUS) else key, attributes


def _lines(records: Record) -> Iterator[str]:
    for section, statement, identifier, attributes in _statements(records):
        formal = [_name(attributes[name]) if name in attributes else "-" for name in statement.formal]
        extra = [
            f"{name}={_literal(value)}"
            for name, values in sorted(attributes.items())
            if name not in statement.formal
            for value in _listed(values)
        ]
        options = [f"[{', '.join(extra)}]"] if extra else []
        named = [_name(identifier)] if identifier and statement.element else []
        head = f"{_name(identifier)}; " if identifier and not statement.element else ""
        yield f"{section}({head}{', '.join([*named, *formal, *options])})"


def _name(name: str) -> str:
    """A qualified name; `names.local` leaves nothing else in it that PROV-N would want escaped."""
    return _NAME_ENDS.sub(lambda found: f"\\{found.group()}", name)


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return f'"{str(value).lower()}" %% xsd:boolean'
    if not isinstance(value, Mapping):
        return _quoted(str(value))
    if value["type"] == _QUALIFIED_NAME:
        return f"'{_name(value['$'])}'"
    return f"{_quoted(value['$'])} %% {value['type']}"


def _quoted(text: str) -> str:
    # the escapes of JSON strings are among those of PROV-N, but for pairs of surrogates, which JSON then has no need of
    return _STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(text, ensure_ascii=False))


def prov_json_ld(document: Record) -> dict[str, Any]:
    """The document in PROV-JSONLD.

    Args:
        document: what `prov.prov_document` gives.
    """
    context = [document["prefix"], JSONLD_CONTEXT]
    bundles = [
        # with the whole context: some processors (rdflib) take an empty one for none
        {"@type": "Bundle", "@id": name, "@context": context, "@graph": _graph(bundle)}
        for name, bundle in sorted(document.get("bundle", {}).items())
    ]
    return {"@context": context, "@graph": _graph(document) + bundles}


def _graph(records: Record) -> list[dict[str, Any]]:
    graph = []
    for _, statement, identifier, attributes in _statements(records):
        node: dict[str, Any] = {"@type": statement.term}
        if identifier is not None:
            node["@id"] = identifier
        for name, values in sorted(attributes.items()):
            if name in statement.formal:
                node[name.removeprefix("prov:")] = values
            else:
                term = _TERMS.get(name, name)
                node[term] = [_node_value(value, term) for value in _listed(values)]
        graph.append(node)
    return graph


def _node_value(value: object, term: str) -> object:
    if isinstance(value, bool):
        return {"@value": str(value).lower(), "@type": "xsd:boolean"}
    if not isinstance(value, Mapping):
        return {"@value": value}
    if value["type"] == _QUALIFIED_NAME and term == "type":
        return value["$"]
    return {"@value": value["$"], "@type": value["type"]}


def _listed(values: object) -> list[object]:
    return values if isinstance(values, list) else [values]
