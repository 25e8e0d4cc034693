"""A report's files as the checks see them: pages with their structure, tables as rows."""

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path


@dataclass(frozen=True)
class Files:
    """Hold a report's files by their path inside the report folder.

    ``html`` are the pages' text, ``tables`` the CSV files' rows, ``manifest`` is None
    before it is written.
    """

    html: Mapping[str, str]
    tables: Mapping[str, list[dict[str, str]]]
    manifest: Mapping[str, object] | None = None

    @classmethod
    def read(cls, folder: Path) -> "Files":
        """Read the files of a report folder."""
        html = {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(folder.rglob("*.html"))
        }
        tables = {
            path.stem: list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
            for path in sorted((folder / "csv").glob("*.csv"))
        }
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        return cls(html, tables, manifest)


class Outline(HTMLParser):
    """Collect what the checks ask about a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lang = ""
        self.levels: list[int] = []
        self.images: list[str | None] = []
        self.tables = self.captions = self.scopes = self.headers = 0
        self.cells: list[str] = []
        self.shown: list[str] = []
        self.ids: list[str] = []
        self._hidden = 0
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note headings, images, tables, anchors and the page's language."""
        given = dict(attrs)
        if "id" in given:
            self.ids.append(str(given["id"]))
        if tag == "html":
            self.lang = given.get("lang") or ""
        elif re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        elif tag == "img":
            self.images.append(given.get("alt"))
        elif tag == "table":
            self.tables += 1
        elif tag == "caption":
            self.captions += 1
        elif tag == "th":
            self.headers += 1
            self.scopes += "scope" in given
        elif tag == "td" and "data-value" in given:
            self._cell = []
        if tag in ("style", "script"):
            self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        """Close a cell or a hidden part."""
        if tag in ("style", "script"):
            self._hidden -= 1
        if tag == "td" and self._cell is not None:
            self.cells.append("".join(self._cell))
            self._cell = None

    def handle_data(self, data: str) -> None:
        """Keep the text that a reader sees."""
        if not self._hidden:
            self.shown.append(data)
        if self._cell is not None:
            self._cell.append(data)


def outline(html: str) -> Outline:
    """Read a page's structure."""
    parser = Outline()
    parser.feed(html)
    return parser
