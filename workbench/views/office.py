"""Text of Word and PDF files, within limits: a small file may unfold into a huge one."""

from __future__ import annotations

import zipfile
from pathlib import Path

from workbench.errors import SourceError

_UNFOLDED = 60_000_000
_PAGES = 300


def office_text(path: Path) -> str:
    """Paragraphs of a .docx or .pdf file, parted by blank lines.

    Raises:
        SourceError: It is damaged, encrypted, without text, or larger than it looks.
    """
    text = _docx(path) if path.suffix.lower() == ".docx" else _pdf(path)
    if not text.strip():
        raise SourceError(
            f"{path.name} holds no text; it may be a scan.", cure="Run a text recognition over it first."
        )
    return text


def _docx(path: Path) -> str:
    import docx

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _UNFOLDED:
                raise SourceError(f"{path.name} unfolds into too much.", cure="Save its text as .txt.")
        document = docx.Document(str(path))
    except (zipfile.BadZipFile, KeyError, ValueError) as fault:
        raise SourceError(f"{path.name} is no Word document.", cure="Save it again as .docx.") from fault
    return "\n\n".join(paragraph.text for paragraph in document.paragraphs if paragraph.text.strip())


def _pdf(path: Path) -> str:
    import pypdf

    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted or len(reader.pages) > _PAGES:
            raise SourceError(
                f"{path.name} is encrypted, or has more than {_PAGES} pages.", cure="Save the part you need."
            )
        return "\n\n".join(page.extract_text() for page in reader.pages)
    except (pypdf.errors.PyPdfError, ValueError, KeyError, RecursionError) as fault:
        raise SourceError(
            f"{path.name} is no PDF that can be read.", cure="Save its text as .txt."
        ) from fault
