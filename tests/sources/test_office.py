"""Word and PDF files as sources of articles."""

import io
import zipfile

import pytest

from tests.briefs import SENTENCES, TITLE
from workbench.errors import InputError
from workbench.ingest import read
from workbench.records import Article

PARAGRAPHS = [TITLE["en"], f"{SENTENCES[0]['en']} {SENTENCES[1]['en']}", SENTENCES[2]["en"]]


def word_file(path, paragraphs):
    import docx

    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(str(path))
    return path


def pdf_file(path, lines):
    """The smallest PDF that shows some lines."""
    shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
    stream = f"BT /F1 11 Tf 40 780 Td {shown} ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    ]
    body, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    path.write_text(
        f"{body}xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n",
        encoding="latin-1",
    )
    return path


def test_a_word_file_is_an_article(tmp_path):
    (article,) = read(word_file(tmp_path / "news.docx", PARAGRAPHS))
    assert (article.source, article.language, article.title) == ("docx", "en", TITLE["en"])
    assert article.text == "\n\n".join(PARAGRAPHS[1:])


def test_arabic_from_word_keeps_its_letters(tmp_path):
    paragraphs = [TITLE["ar"], *(row["ar"] for row in SENTENCES)]
    (article,) = read(word_file(tmp_path / "news.docx", paragraphs))
    assert article.language == "ar"
    assert SENTENCES[2]["ar"] in article.text


@pytest.mark.parametrize("name", ["news.pdf", "news"])
def test_a_pdf_is_an_article_whatever_its_name(tmp_path, name):
    (article,) = read(
        pdf_file(tmp_path / name, ["The ministry opened three new bridges on Monday morning."] * 4)
    )
    assert isinstance(article, Article)
    assert article.source == "pdf"
    assert "three new bridges" in article.text


def test_folders_hold_them_too(tmp_path):
    word_file(tmp_path / "a.docx", PARAGRAPHS)
    pdf_file(tmp_path / "b.pdf", ["Another article about a harbour and its ships, long enough to be read."])
    assert [article.source for article in read(tmp_path)] == ["docx", "pdf"]


MEMBERS = {
    "cut.docx": ("word/document.xml", lambda data: data[:-100]),
    "bodiless.docx": ("word/document.xml", lambda data: data.replace(b"w:body", b"w:bold")),
}


def damaged_word_file(folder, member, damage):
    """The bytes of a Word file, one member of which is damaged."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(word_file(folder / "whole", PARAGRAPHS)) as whole,
        zipfile.ZipFile(written, "w") as file,
    ):
        for name in whole.namelist():
            file.writestr(name, damage(whole.read(name)) if name == member else whole.read(name))
    return written.getvalue()


@pytest.mark.parametrize(
    "kind",
    ["bomb.docx", "broken.docx", "broken.pdf", "empty.docx", "flipped.docx", "untrailed.pdf", *MEMBERS],
)
def test_what_cannot_be_read_has_a_cure(tmp_path, kind):
    path = tmp_path / kind
    if kind == "bomb.docx":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("word/document.xml", b"0" * 70_000_000)
    elif kind == "empty.docx":
        word_file(path, [])
    elif kind in MEMBERS:
        path.write_bytes(damaged_word_file(tmp_path, *MEMBERS[kind]))
    elif kind == "flipped.docx":
        data = bytearray(word_file(path, PARAGRAPHS).read_bytes())
        data[60] ^= 0xFF
        path.write_bytes(data)
    elif kind == "untrailed.pdf":
        pdf_file(path, PARAGRAPHS)
        path.write_bytes(path.read_bytes().replace(b"trailer", b"trailer null"))
    else:
        path.write_bytes(b"PK nothing" if path.suffix == ".docx" else b"%PDF-1.4 nothing")
    with pytest.raises(InputError) as told:
        list(read(path))
    assert told.value.cure
