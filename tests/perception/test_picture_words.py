"""Words from file names and metadata: right or none, never garbage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin

from composer.errors import UsageError
from composer.perception.image import load_painting
from composer.perception.picture_words import MAX_ABOUT_BYTES, find_words, read_about
from composer.types import Painting, PictureWords

FILE_NAMES = (  # stem, title, artist
    ("gwen-john_the-cat", "The Cat", "Gwen John"),
    ("edvard-munch_melancholy-1894", "Melancholy", "Edvard Munch"),
    ("vincent-van-gogh_wheatfield-with-crows-1890(1)", "Wheatfield with Crows", "Vincent van Gogh"),
    ("claude-monet_water-lilies-1919-2", "Water Lilies", "Claude Monet"),
    ("rembrandt_the-night-watch-1642", "The Night Watch", "Rembrandt"),
    ("caspar-david-friedrich_the-sea-of-ice-1823-1824", "The Sea of Ice", "Caspar David Friedrich"),
    ("paul-cezanne_l-estaque-with-red-roofs-1885", "L'Estaque with Red Roofs", "Paul Cezanne"),
    ("jackson-pollock_untitled-1951", "Untitled", "Jackson Pollock"),
    ("pavel-fedotov__the-major-s-marriage-proposal", "The Major's Marriage Proposal", "Pavel Fedotov"),
    ("pieter-bruegel-the-elder__hunters-in-the-snow", "Hunters in the Snow", "Pieter Bruegel the Elder"),
    ("jan_toorop__the_sea", "The Sea", "Jan Toorop"),
    ("Gwen John - The Cat - Tate", "The Cat", "Gwen John"),
    ("Vincent van Gogh - De slaapkamer - Google Art Project", "De slaapkamer", "Vincent van Gogh"),
    ("800px-Vincent van Gogh - Almond blossom - Google Art Project", "Almond blossom", "Vincent van Gogh"),
    ("Caspar_David_Friedrich_-_The_Wanderer_above_the_Fog", "The Wanderer above the Fog", "Caspar David Friedrich"),
    ("The Scream - Edvard Munch", "The Scream", "Edvard Munch"),
    ("Edvard Munch, 1893, The Scream, oil, tempera and pastel on cardboard", "The Scream", "Edvard Munch"),
    ("Mona Lisa, by Leonardo da Vinci, from C2RMF retouched", "Mona Lisa", "Leonardo da Vinci"),
    ("Las_Meninas,_by_Diego_Velázquez,_from_Prado_in_Google_Earth", "Las Meninas", "Diego Velázquez"),
    ("1665 Girl with a Pearl Earring", "Girl with a Pearl Earring", ""),
    ("Иван Айвазовский - Девятый вал", "Девятый вал", "Иван Айвазовский"),
    ("神奈川沖浪裏", "神奈川沖浪裏", ""),
    ("The%20Starry%20Night", "The Starry Night", ""),
    ("storm-at-night", "Storm at Night", ""),
    ("the_starry_night", "The Starry Night", ""),
    ("the-starry-night-1024x768", "The Starry Night", ""),
    ("sunny-meadow (2)", "Sunny Meadow", ""),
    ("Melancholy", "Melancholy", ""),
    ("The sea of ice (1823)", "The sea of ice", ""),
    ("J. M. W. Turner - Rain, Steam and Speed - National Gallery", "Rain, Steam and Speed", "J. M. W. Turner"),
    ("unknown artist - The Virgin and Child", "The Virgin and Child", ""),
    ("hokusai-great-wave", "Great Wave", "Hokusai"),
    ("the-kiss-klimt", "The Kiss", "Klimt"),
    ("wassily-kandinsky_composition-viii-1923", "Composition VIII", "Wassily Kandinsky"),
    ("b64f2c_starry_night", "Starry Night", ""),
    ("kathe-kollwitz_not_detected_235978", "", "Kathe Kollwitz"),
    ("t.-c.-steele_the-brook-in-the-woods-1889", "The Brook in the Woods", "T. C. Steele"),
    ("葛飾北斎 - 凱風快晴", "凱風快晴", "葛飾北斎"),
    ("hieronymus-bosch__the-garden-of-earthly-delights-2", "The Garden of Earthly Delights", "Hieronymus Bosch"),
    ("the-garden-of-earthly-delights-2", "The Garden of Earthly Delights", ""),
    ("the_garden_of_earthly_delights_2", "The Garden of Earthly Delights", ""),
    ("The Garden of Earthly Delights-2", "The Garden of Earthly Delights", ""),
    ("The Garden of Earthly Delights - Copy", "The Garden of Earthly Delights", ""),
    ("The Garden of Earthly Delights - Copy (3)", "The Garden of Earthly Delights", ""),
    ("The Garden of Earthly Delights copy 2", "The Garden of Earthly Delights", ""),
    ("the-garden-of-earthly-delights-copy (1)", "The Garden of Earthly Delights", ""),
    ("the_garden_of_earthly_delights_2_copy", "The Garden of Earthly Delights", ""),
    ("Der Garten der Lüste - Kopie (2)", "Der Garten der Lüste", ""),
    ("vincent-van-gogh_irises-2", "Irises", "Vincent van Gogh"),
    ("Irises (Vincent van Gogh) (2)", "Irises (Vincent van Gogh)", ""),
    ("composition-8", "Composition 8", ""),
    ("wassily-kandinsky_improvisation-9", "Improvisation 9", "Wassily Kandinsky"),
    ("Composition 8", "Composition 8", ""),
    ("composition-8 (2)", "Composition 8", ""),
    ("symphony_no_5", "Symphony No 5", ""),
    ("jackson-pollock__number-5", "Number 5", "Jackson Pollock"),
    ("number-5-copy", "Number 5", ""),
    ("Haystacks 2", "Haystacks 2", ""),
    ("route-66", "Route 66", ""),
    ("The Copyist", "The Copyist", ""),
    ("gwen-john__girl-with-a-cat-gwen-john-cardiff", "Girl with a Cat", "Gwen John"),
    ("gwen-john_the-black-cat-by-gwen-john", "The Black Cat", "Gwen John"),
    ("rembrandt__the-mill-rembrandt", "The Mill", "Rembrandt"),
    ("rembrandt__portrait-of-rembrandt", "Portrait of Rembrandt", "Rembrandt"),
    ("gwen-john__gwen-john", "Gwen John", "Gwen John"),
    ("IMG_1234", "", ""),
    ("DSC00042", "", ""),
    ("DSCF1234", "", ""),
    ("PXL_20231104_101530123", "", ""),
    ("IMG-20200102-WA0003", "", ""),
    ("P1010123", "", ""),
    ("scan0001", "", ""),
    ("Scan 2021-03-04 12.30", "", ""),
    ("Screenshot 2024-05-06 at 10.11.12", "", ""),
    ("image (3)", "", ""),
    ("download", "", ""),
    ("untitled", "", ""),
    ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "", ""),
    ("d41d8cd98f00b204e9800998ecf8427e", "", ""),
    ("a94f2be1", "", ""),
    ("20190203_154400", "", ""),
    ("123", "", ""),
    ("final_v2", "", ""),
    ("___", "", ""),
    ("maxresdefault", "", ""),
    ("fb_img_1523456789", "", ""),
)  # fmt: skip

YEARS = (  # stem, year
    ("edvard-munch_melancholy-1894", 1894),
    ("edvard-munch_melancholy-1894-2", 1894),
    ("edvard-munch_melancholy-1894 copy 2", 1894),
    ("vincent-van-gogh_wheatfield-with-crows-1890(1)", 1890),
    ("claude-monet_water-lilies-1919-2", 1919),
    ("caspar-david-friedrich_the-sea-of-ice-1823-1824", 1823),
    ("The sea of ice (1823)", 1823),
    ("1665 Girl with a Pearl Earring", 1665),
    ("Edvard Munch, 1893, The Scream, oil, tempera and pastel on cardboard", 1893),
    ("Claude Monet - Water Lilies - 1906 - Art Institute", 1906),
    ("gwen-john_the-cat", None),
    ("IMG_1234", None),
    ("DSC01789", None),
    ("Scan 2021-03-04 12.30", None),
    ("IMG-20200102-WA0003", None),
    ("the-starry-night-1024x768", None),
    ("sunny-meadow-1920", None),
    ("20190203_154400", None),
)  # fmt: skip

XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/">'
    '<dc:title><rdf:Alt><rdf:li xml:lang="de">Melancholie</rdf:li><rdf:li xml:lang="en">Melancholy</rdf:li></rdf:Alt>'
    "</dc:title><dc:creator><rdf:Seq><rdf:li>Edvard Munch</rdf:li></rdf:Seq></dc:creator>"
    '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">A man sits by the shore, his head in his hand. Behind him '
    "a couple walks to a boat.</rdf:li></rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"
)
PICTURE = Image.fromarray(np.full((32, 32, 3), 90, dtype=np.uint8))


def _jpeg(path: Path, **exif: object) -> Path:
    fields = Image.Exif()
    numbers = {"ImageDescription": 0x010E, "Artist": 0x013B, "XPTitle": 0x9C9B, "XPAuthor": 0x9C9D}
    for name, value in exif.items():
        fields[numbers[name]] = value
    PICTURE.save(path, exif=fields)
    return path


def _png(path: Path, **chunks: str) -> Path:
    info = PngImagePlugin.PngInfo()
    for name, value in chunks.items():
        if value.isascii():
            info.add_text(name, value)
        else:
            info.add_itxt(name, value, "en", name)
    PICTURE.save(path, pnginfo=info)
    return path


def _with_iptc(path: Path, *fields: tuple[int, bytes]) -> Path:
    records = b"".join(b"\x1c\x02" + bytes([number]) + len(text).to_bytes(2, "big") + text for number, text in fields)
    records += b"\x00" * (len(records) % 2)
    size = (len(records) - len(records) % 2).to_bytes(4, "big")
    block = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + size + records
    plain = path.with_suffix(".plain.jpg")
    PICTURE.save(plain)
    data = plain.read_bytes()
    path.write_bytes(data[:2] + b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block + data[2:])
    return path


def _named(stem: str, **metadata: str) -> Painting:
    rgb = np.zeros((16, 16, 3), dtype=np.uint8)
    return Painting(name=stem, sha256="0" * 64, width=16, height=16, format="PNG", rgb=rgb, metadata=metadata)


@pytest.mark.parametrize(("stem", "title", "artist"), FILE_NAMES)
def test_file_names_give_the_title_or_nothing(stem: str, title: str, artist: str) -> None:
    found = find_words(_named(stem))
    assert (found.title, found.artist) == (title, artist)
    assert found.sources.get("title", "file name") == "file name"


def test_xmp_in_the_readers_language_before_everything_else(tmp_path: Path) -> None:
    path = tmp_path / "gwen-john_the-cat.jpg"
    PICTURE.save(path, xmp=XMP.encode())
    found = find_words(load_painting(path))
    assert (found.title, found.artist) == ("Melancholy", "Edvard Munch")
    assert found.about.startswith("A man sits by the shore")
    assert found.sources == {"title": "XMP dc:title", "artist": "XMP dc:creator", "about": "XMP dc:description"}


@pytest.mark.parametrize("extension", ["png", "webp", "tif"])
def test_xmp_in_other_formats(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"IMG_1.{extension}"
    if extension == "png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP)
        PICTURE.save(path, pnginfo=info)
    elif extension == "tif":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[700] = XMP.encode()
        PICTURE.save(path, tiffinfo=tags)
    else:
        PICTURE.save(path, xmp=XMP.encode())
    assert find_words(load_painting(path)).title == "Melancholy"


def test_iptc_headline_and_byline(tmp_path: Path) -> None:
    path = _with_iptc(tmp_path / "DSC1.jpg", (105, "Mädchen am Fenster".encode()), (80, b"Caspar David Friedrich"))
    found = find_words(load_painting(path))
    assert (found.title, found.artist) == ("Mädchen am Fenster", "Caspar David Friedrich")
    assert found.sources["title"] == "IPTC headline"


def test_iptc_in_windows_latin(tmp_path: Path) -> None:
    path = _with_iptc(tmp_path / "DSC2.jpg", (5, "L’été à Fécamp".encode("cp1252")))
    assert find_words(load_painting(path)).title == "L’été à Fécamp"


def test_exif_description_and_artist(tmp_path: Path) -> None:
    path = _jpeg(tmp_path / "P1010123.jpg", ImageDescription="The lonely shepherd", Artist="Anna Ancher")
    found = find_words(load_painting(path))
    assert (found.artist, found.about) == ("Anna Ancher", "The lonely shepherd")


def test_exif_description_alone_is_the_title(tmp_path: Path) -> None:
    found = find_words(load_painting(_jpeg(tmp_path / "IMG_1.jpg", ImageDescription="Sommerabend am Meer")))
    assert (found.title, found.about) == ("Sommerabend am Meer", "")


def test_exif_title_of_windows_is_utf16(tmp_path: Path) -> None:
    path = _jpeg(tmp_path / "IMG_2.jpg", XPTitle="Тишина\x00".encode("utf-16-le"))
    assert find_words(load_painting(path)).title == "Тишина"


@pytest.mark.parametrize(
    "text",
    ["OLYMPUS DIGITAL CAMERA", "SONY DSC", "Created with GIMP", "IMG_2041.JPG", "untitled", "0012", "Screenshot"],
)
def test_what_programs_write_is_no_title(tmp_path: Path, text: str) -> None:
    found = find_words(load_painting(_jpeg(tmp_path / "DSC00001.jpg", ImageDescription=text)))
    assert (found.title, found.about) == ("", "")


@pytest.mark.parametrize("title", ["Evening, Red Tree", "Сирень", "雪景色"])
def test_png_text_chunks(tmp_path: Path, title: str) -> None:
    found = find_words(load_painting(_png(tmp_path / "out.png", Title=title, Author="Piet Mondrian")))
    assert (found.title, found.artist) == (title, "Piet Mondrian")


def test_markup_and_line_breaks_are_removed(tmp_path: Path) -> None:
    path = _png(
        tmp_path / "a1.png", Title="Storm", Description="<p>A ship &amp; its crew.<br>\nWaves\tbreak over it.</p>"
    )
    assert find_words(load_painting(path)).about == "A ship & its crew. Waves break over it."


@pytest.mark.parametrize("packet", [b"<broken", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"\xff\xfe\x00", b"x" * 9])
def test_a_broken_packet_costs_its_words_alone(tmp_path: Path, packet: bytes) -> None:
    path = tmp_path / "gwen-john_the-cat.jpg"
    PICTURE.save(path, xmp=packet)
    assert find_words(load_painting(path)).title == "The Cat"


def test_what_a_person_says_comes_first() -> None:
    painting = _named("gwen-john_the-cat", **{"XMP dc:title": "Cat on a Chair"})
    found = find_words(painting, title="  Grief \n", about="A quiet room.")
    assert (found.title, found.artist, found.about) == ("Grief", "Gwen John", "A quiet room.")
    assert found.sources == {"title": "given", "artist": "file name", "about": "given"}


def test_heading_names_the_artist() -> None:
    assert PictureWords(title="The Cat", artist="Gwen John").heading == "The Cat (Gwen John)"
    assert PictureWords(artist="Gwen John").heading == ""


def test_about_files_are_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "label.txt"
    path.write_text("\ufeffA quiet room.", encoding="utf-8")
    assert read_about(path) == "A quiet room."
    path.write_bytes(b"\xff\xfe\x00\x01")
    for refused in (path, tmp_path / "none.txt", tmp_path):
        with pytest.raises(UsageError, match="--about-file"):
            read_about(refused)
    path.write_text("a" * (MAX_ABOUT_BYTES + 1))
    with pytest.raises(UsageError, match="at most"):
        read_about(path)


@pytest.mark.parametrize(("stem", "year"), YEARS)
def test_years_of_file_names(stem: str, year: int | None) -> None:
    assert find_words(_named(stem)).year == year


def test_a_year_is_given_or_ends_the_title() -> None:
    words = find_words(_named("gwen-john_the-cat-1908"), year=1905)
    assert (words.year, words.sources["year"]) == (1905, "given")
    for title in ("The Cat (1908)", "The Cat, 1908", "The Cat (c. 1908-10)"):
        assert find_words(_named("IMG_1"), title=title).year == 1908
    assert find_words(_named("IMG_1"), title="1984").year is None
