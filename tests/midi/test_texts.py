from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.midi.texts import decode_text, guess_encoding, printable_text

WESTERN = (
    "Flöte",
    "Frühling – für Elise",
    "Séquence",
    "Déjà vu",
    "GRÖSSE",
    "don’t",
    "“Quoted”",
    "Ñandú",
    "Prélude à l'après-midi",
    "À la claire fontaine",
    "Übung ½",
    "© 1998 Müller",
    "1er mouvement – Allegro",
    "Piano n°1",
)
JAPANESE = (
    "ピアノ",
    "春の海",
    "ﾋﾟｱﾉ",
    "ドラム",
    "Piano 右手",
    "さくら さくら",
    "MELODY（主旋律）",
    "1:ギター",
    "君が代",
)


@pytest.mark.parametrize("text", WESTERN)
def test_a_western_text_is_read_as_it_was_written(text: str) -> None:
    for encoding in ("utf-8", "cp1252"):
        data = text.encode(encoding)
        assert decode_text(data, guess_encoding([data])) == text


@pytest.mark.parametrize("text", JAPANESE)
def test_a_japanese_text_is_read_as_it_was_written(text: str) -> None:
    for encoding in ("utf-8", "cp932"):
        data = text.encode(encoding)
        assert decode_text(data, guess_encoding([data])) == text


def test_the_other_texts_of_a_file_help_where_one_alone_could_be_either() -> None:
    texts = [text.encode("cp1252") for text in ("ÄÖÜ", "Flöte", "Bratsche", "Kontrabaß")]
    assert decode_text(texts[0], guess_encoding(texts)) == "ÄÖÜ"


@pytest.mark.parametrize(
    "data", ["春 Flöte".encode("utf-16"), b"\xfe\xff" + "春 Flöte".encode("utf-16-be"), "春 Flöte".encode("utf-8-sig")]
)
def test_a_byte_order_mark_is_believed(data: bytes) -> None:
    assert decode_text(data) == "春 Flöte"


@given(st.lists(st.binary(max_size=40), max_size=4))
def test_any_bytes_are_some_text(texts: list[bytes]) -> None:
    encoding = guess_encoding(texts)
    for data in texts:
        decode_text(data, encoding).encode("utf-8", errors="surrogatepass")


@given(st.text())
def test_any_text_becomes_one_short_encodable_line(text: str) -> None:
    line = printable_text(text)
    line.encode("utf-8")
    assert not any(ord(char) < 32 or ord(char) == 127 for char in line)
    assert line == " ".join(line.split())


def test_a_line_is_at_most_a_thousand_characters() -> None:
    assert len(printable_text("word " * 1000)) <= 1000
