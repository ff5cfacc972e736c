"""What comes with a picture shifts whether it is a photograph or a painting; nothing decides alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from composer.perception.image import load_painting
from composer.perception.medium_witnesses import hear_medium
from composer.perception.metadata import CAMERA_FIELD
from composer.perception.picture_words import find_words
from composer.types import PictureWords

UNSURE = {"painting": 0.4, "photograph": 0.59, "blank": 0.005, "graphic": 0.005}
SURE = {"painting": 0.001, "photograph": 0.998, "blank": 0.0005, "graphic": 0.0005}


def photograph(words: PictureWords, metadata: dict[str, str] | None = None, seen: dict[str, float] = UNSURE) -> float:
    return hear_medium(seen, metadata or {}, words)[0]["photograph"]


def test_words_that_say_nothing_of_the_medium_change_nothing() -> None:
    for words in (PictureWords(), PictureWords(title="A dog"), PictureWords(title="A dog", year=2019)):
        assert hear_medium(UNSURE, {}, words) == (UNSURE, "")


@pytest.mark.parametrize(
    "words",
    [
        PictureWords(year=1562, sources={"year": "given"}),
        PictureWords(title="The Egg", artist="Somebody", sources={"title": "given", "artist": "given"}),
        PictureWords(artist="Claude Monet", sources={"artist": "file name"}),
    ],
)
def test_what_speaks_for_a_painting_makes_an_unsure_photograph_one(words: PictureWords) -> None:
    assert photograph(words) < 0.5


def test_a_camera_speaks_for_a_photograph_and_an_old_year_outweighs_it() -> None:
    camera = {CAMERA_FIELD: "Canon EOS 5D"}
    doubtful = {**UNSURE, "painting": 0.7, "photograph": 0.29}
    assert photograph(PictureWords(), camera, doubtful) > 0.5
    assert photograph(PictureWords(year=1562, sources={"year": "given"}), camera, doubtful) < 0.5


def test_nothing_overrules_a_sure_picture() -> None:
    named = PictureWords(title="Sea", artist="Somebody", sources={"title": "file name", "artist": "file name"})
    assert photograph(named, seen=SURE) > 0.9
    assert photograph(PictureWords(), {CAMERA_FIELD: "Canon"}, {**SURE, "painting": 0.998, "photograph": 0.001}) < 0.1


def test_an_agency_s_byline_does_not_make_a_painting() -> None:
    agency = PictureWords(
        title="Storm", artist="A. Reporter", sources={"title": "IPTC headline", "artist": "IPTC byline"}
    )
    assert photograph(agency) == UNSURE["photograph"]


def test_shares_still_add_up_and_other_media_keep_theirs() -> None:
    shares, reason = hear_medium(UNSURE, {CAMERA_FIELD: "Nikon D90"}, PictureWords())
    assert sum(shares.values()) == pytest.approx(sum(UNSURE.values()))
    assert shares["blank"] == UNSURE["blank"]
    assert "Nikon D90" in reason


def test_a_camera_is_read_from_the_file_and_a_scanner_is_none(tmp_path: Path) -> None:
    def stored(name: str, *, exposed: bool) -> dict[str, str]:
        picture, exif = Image.fromarray(np.full((32, 32, 3), 90, np.uint8)), Image.Exif()
        exif[0x010F], exif[0x0110] = "EPSON", "Perfection V600"
        if exposed:
            exif.get_ifd(0x8769)[0x829A] = 0.01
        picture.save(tmp_path / name, exif=exif)
        return dict(load_painting(tmp_path / name).metadata)

    assert CAMERA_FIELD in stored("camera.jpg", exposed=True)
    assert CAMERA_FIELD not in stored("scanner.jpg", exposed=False)


def test_a_museum_s_fields_of_the_artwork_are_its_title_artist_and_year(tmp_path: Path) -> None:
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><e:ArtworkOrObject><rdf:Bag><rdf:li '
        'rdf:parseType="Resource"><e:AOTitle><rdf:Alt><rdf:li xml:lang="en">The Cat</rdf:li></rdf:Alt></e:AOTitle>'
        "<e:AOCreator><rdf:Seq><rdf:li>Gwen John</rdf:li></rdf:Seq></e:AOCreator><e:AODateCreated>1908-01-01"
        "</e:AODateCreated></rdf:li></rdf:Bag></e:ArtworkOrObject></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    Image.fromarray(np.full((32, 32, 3), 90, np.uint8)).save(tmp_path / "scan1.jpg", xmp=xmp.encode())
    painting = load_painting(tmp_path / "scan1.jpg")
    words = find_words(painting)
    assert (words.title, words.artist, words.year) == ("The Cat", "Gwen John", 1908)
    assert hear_medium(UNSURE, painting.metadata, words)[0]["photograph"] < 0.1
