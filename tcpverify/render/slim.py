"""A drawing of Graphviz made small for a page: looks become classes of the page's style, numbers whole."""

from __future__ import annotations

import re
from xml.etree import ElementTree

_LOOKS = {
    "ml": {"text-anchor": "start", "font-size": "11.00", "fill": "#1b1f24"},
    "ms": {"text-anchor": "middle", "font-size": "13.00", "fill": "#1b1f24"},
    "me": {"fill": "none", "stroke": "#57606a", "stroke-width": "1.2"},
    "md": {"fill": "none", "stroke": "#57606a", "stroke-width": "1.2", "stroke-dasharray": "1,5"},
    "mh": {"fill": "#57606a", "stroke": "#57606a", "stroke-width": "1.2"},
    "mn": {"fill": "#e8f1fb", "stroke": "#0b5cad"},
    "mo": {"fill": "none", "stroke": "#0b5cad"},
    "mw": {"fill": "white", "stroke": "none"},
    "mi": {"fill": "#1b1f24", "stroke": "#1b1f24"},
}
"""The looks that `dot` gives to what it draws, and their classes in `report/templates/style.css`."""

_PLACES = frozenset({"d", "points", "x", "y", "cx", "cy", "rx", "ry", "transform"})
_NUMBER = re.compile(r"-?\d+\.\d+")


def slim(svg: str) -> str:
    """The same drawing in about half the characters. What has a look of its own keeps it."""
    root = ElementTree.fromstring(svg)
    for element in list(root.iter()):
        element.tag = element.tag.rpartition("}")[2]
        if element is not root:
            _slim(element)
    _without_groups(root)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _slim(element: ElementTree.Element) -> None:
    """One element: its class in place of its look, and its places in whole numbers."""
    attributes = element.attrib
    for name in ("class", "font-family"):
        attributes.pop(name, None)
    look = {name: value for name, value in attributes.items() if name not in _PLACES}
    for word, known in _LOOKS.items():
        if look == known:
            for name in known:
                del attributes[name]
            attributes["class"] = word
    for name in _PLACES & attributes.keys():
        attributes[name] = _NUMBER.sub(lambda found: str(round(float(found[0]))), attributes[name])


def _without_groups(root: ElementTree.Element) -> None:
    """Take the children of groups that say nothing out of them."""
    for parent in list(root.iter()):
        kept: list[ElementTree.Element] = []
        for child in parent:
            kept += list(child) if child.tag == "g" and not child.attrib else [child]
        parent[:] = kept
