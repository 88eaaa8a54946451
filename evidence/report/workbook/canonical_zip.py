"""Writes a workbook's zip so that its bytes depend on nothing but its content."""

import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
LEVEL = 6


class CanonicalZip(zipfile.ZipFile):
    """A zip whose entries carry one fixed date and fixed attributes, whatever the clock and the file say."""

    moment: datetime

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        """Add bytes; the workbook's 'modified' property gets the fixed date too."""
        name = str(getattr(zinfo_or_arcname, "filename", zinfo_or_arcname))
        content = data.encode() if isinstance(data, str) else data
        if name == "docProps/core.xml":
            content = _MODIFIED.sub(
                rb"\g<1>" + f"{self.moment:%Y-%m-%dT%H:%M:%SZ}".encode() + rb"\g<2>", content
            )
        super().writestr(self._entry(name), content)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Add a file's bytes, without its date and mode."""
        with (
            Path(filename).open("rb") as source,
            self.open(self._entry(str(arcname)), "w", force_zip64=True) as target,
        ):
            while chunk := source.read(1 << 20):
                target.write(chunk)

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self.moment.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3
        entry.external_attr = 0o600 << 16
        return entry


def save(workbook: Workbook, path: Path, moment: datetime) -> None:
    """Write a workbook as it was at `moment`; the same sheets give the same bytes."""
    fixed = moment.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    workbook.properties.created = fixed
    with CanonicalZip(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=LEVEL) as archive:
        archive.moment = fixed
        ExcelWriter(workbook, archive).save()
