"""Tells on which pages of a report its parts begin, from the report itself."""

import io
from typing import Any


def pages_of(pdf: bytes) -> dict[str, int]:
    """Return the page, from 1, on which each named destination of a report lies (`t-7`: the seventh test).

    For reports that this process rendered or verified: raises whatever pyHanko does over others.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    reader: Any = PdfFileReader(io.BytesIO(pdf))  # pyHanko types it in part
    count = int(reader.root["/Pages"]["/Count"])
    numbers = {reader.find_page_for_modification(at)[0].reference: at + 1 for at in range(count)}
    names = reader.root["/Names"]["/Dests"]["/Names"]
    pairs = [names.raw_get(at) for at in range(len(names))]
    return {
        str(name): numbers[where.get_object().raw_get(0).reference]
        for name, where in zip(pairs[::2], pairs[1::2], strict=True)
    }
