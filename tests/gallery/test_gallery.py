"""The gallery of a collection: what is in the site, what is not, and what its search finds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from composer.gallery.words import four_bits
from composer.sentences import embed_sentences, load_sentence_weights

PAGE = Path(__file__).resolve().parents[2] / "composer" / "gallery" / "page"
QUICK = ("--bars", "2", "--candidates", "1", "--workers", "1")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not on this machine")


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory, examples: dict[str, Path]) -> Path:
    """Two pieces, MIDI and MusicXML, one of them in a room of its own, and a broken picture."""
    from composer.batch import plan_batch, run_batch

    folder = tmp_path_factory.mktemp("museum")
    (folder / "pictures" / "room <b>").mkdir(parents=True)
    shutil.copy(examples["storm-at-night"], folder / "pictures" / "storm.png")
    shutil.copy(examples["quiet-interior"], folder / "pictures" / "room <b>" / "interior.png")
    (folder / "pictures" / "broken.jpg").write_bytes(b"no picture")
    batch = plan_batch(
        str(folder / "pictures"), folder / "music", formats=("mid", "musicxml"), options={"bars": 2, "candidates": 1}
    )
    run_batch(batch, workers=1)
    return folder


@pytest.fixture(scope="module")
def site(collection: Path) -> Path:
    """Its gallery."""
    from composer.gallery import make_gallery

    done = make_gallery(collection / "music", collection / "site", title="Storm & <quiet>")
    assert (done.pieces, done.without_picture) == (2, ())
    return done.page.parent


def data_of(site: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site / "data.js").read_text(encoding="utf-8").partition(" = ")[2].rstrip(";\n"))
    return found


def by_name(site: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(piece for piece in data_of(site)["pieces"] if piece["name"] == name)
    return found


def test_a_site_has_all_of_a_piece_and_nothing_of_the_machine(site: Path, collection: Path) -> None:
    from PIL import Image

    piece = by_name(site, "storm")
    assert {Path(path).suffix for path in piece["files"]} == {".mid", ".musicxml"}
    midi = next(path for path in piece["files"] if path.endswith(".mid"))
    assert (site / midi).read_bytes() == (collection / "music" / "storm.mid").read_bytes()
    with Image.open(site / piece["large"]) as picture:
        assert list(picture.size) == piece["size"]
    with Image.open(site / piece["small"]) as picture:
        assert max(picture.size) == 360
    assert piece["alt"]
    assert piece["reasons"]["tonic"]
    notes = (site / piece["notes"]).read_text(encoding="utf-8")
    assert re.search(r"\[\[\d+, \d+, \d+, \d+, 0\]", notes)
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "<h1>Storm &amp; &lt;quiet&gt;</h1>" in page
    texts = [path.read_text(encoding="utf-8") for path in site.rglob("*") if path.suffix in {".js", ".html"}]
    assert not [text for text in texts if str(collection) in text]
    assert not [
        text for text in texts if re.search(r"""(src|href)=["']https?:|fetch\(|^(import|export) """, text, re.MULTILINE)
    ]


def test_a_new_gallery_takes_the_place_of_the_old_and_nothing_else(run_cli, collection: Path, tmp_path: Path) -> None:
    music = tmp_path / "music"
    shutil.copytree(collection / "music", music)
    out = tmp_path / "site"
    assert run_cli("gallery", music, "--out", out).code == 0
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    (out / "files" / "old.mid").write_bytes(b"old")
    (music / "storm.musicxml").unlink()
    outcome = run_cli("gallery", music, "--out", out, "--title", "Again")
    assert outcome.code == 0, outcome.err
    assert "2 pieces" in outcome.err
    assert (out / "mine.txt").read_text(encoding="utf-8") == "mine"
    assert not (out / "files" / "old.mid").exists()
    assert [Path(path).suffix for path in by_name(out, "storm")["files"]] == [".mid"]


def test_a_picture_that_is_another_by_now_is_not_shown(run_cli, collection: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(collection, moved, ignore=shutil.ignore_patterns("site"))
    for record in moved.glob("music/records/*/*.json"):
        text = record.read_text(encoding="utf-8").replace(str(collection), str(moved))
        record.write_text(text, encoding="utf-8")
    (moved / "pictures" / "storm.png").write_bytes((moved / "pictures" / "room <b>" / "interior.png").read_bytes())
    outcome = run_cli("gallery", moved / "music", "--out", tmp_path / "site")
    assert outcome.code == 0
    assert "storm: its picture is not where it was" in outcome.err
    assert by_name(tmp_path / "site", "storm")["small"] is None
    assert by_name(tmp_path / "site", "room <b>/interior")["small"] is not None


def test_a_folder_that_is_no_collection_or_no_gallery_is_refused(run_cli, collection: Path, tmp_path: Path) -> None:
    outcome = run_cli("gallery", tmp_path, "--out", tmp_path / "site")
    assert outcome.code == 2
    assert "no usable table.csv" in outcome.error_lines[0]
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    outcome = run_cli("gallery", collection / "music", "--out", tmp_path)
    assert outcome.code == 2
    assert "not empty and no gallery" in outcome.error_lines[0]
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    assert run_cli("gallery", collection / "music", "--out", collection / "music").code == 2


def test_four_bits_keep_a_row_within_half_a_step() -> None:
    table = np.random.default_rng(3).integers(-127, 128, (50, 16)).astype(np.int8)
    table[0] = 0
    stored, steps = four_bits(table)
    assert stored.min() >= 1
    assert stored.max() <= 15
    back = (stored.astype(np.float32) - 8) * steps[:, None]
    wide = np.abs(table).max(axis=1, keepdims=True) / 7
    assert np.sqrt(((back - table) ** 2).mean(axis=1)).max() <= wide.max() / 2
    assert not back[0].any()


def run_node(folder: Path, program: str, *arguments: str) -> Any:
    for name in ("sentences", "search"):
        shutil.copy(PAGE / f"{name}.js", folder / f"{name}.mjs")
    (folder / "program.mjs").write_text(program, encoding="utf-8")
    done = subprocess.run(
        ["node", str(folder / "program.mjs"), *arguments], capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


SENTENCES = ("A stormy sea at night, with ships", "Das Mädchen am Fenster, 1893", "l'été", "x", "the the the", "")


@needs_node
def test_the_page_reads_sentences_as_the_encoder_does(site: Path, tmp_path: Path) -> None:
    program = """
import { readFileSync } from "node:fs";
import { createEncoder } from "./sentences.mjs";
(0, eval)(readFileSync(process.argv[2], "utf-8"));
const encode = createEncoder(globalThis.galleryWords);
console.log(JSON.stringify(JSON.parse(process.argv[3]).map((text) => [...encode(text)])));
"""
    found = np.array(run_node(tmp_path, program, str(site / "words.js"), json.dumps(SENTENCES)))
    from composer.perception.encoder import load_embedded

    wanted = embed_sentences(SENTENCES) @ load_embedded().text_projection.T
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    assert load_sentence_weights().table.dtype == np.int8
    assert (found * wanted).sum(axis=1).min() > 0.97


@needs_node
def test_a_sentence_finds_its_picture_and_a_name_comes_first(site: Path, tmp_path: Path) -> None:
    program = """
import { readFileSync } from "node:fs";
import { createEncoder, decode } from "./sentences.mjs";
import { createVectors, ranked, fits, choices } from "./search.mjs";
for (const name of ["data.js", "words.js"]) (0, eval)(readFileSync(`${process.argv[2]}/${name}`, "utf-8"));
const { pieces, vectors: packed } = globalThis.gallery;
const vectors = createVectors(packed.width, decode(packed.bytes));
const encode = createEncoder(globalThis.galleryWords);
const first = (text) => pieces[ranked(pieces, vectors.cosines(encode(text)), text)[0]].name;
const [mode, count] = choices(pieces, "mode")[0];
console.log(JSON.stringify({
  firsts: JSON.parse(process.argv[3]).map(first),
  fitting: [pieces.filter((piece) => fits(piece, { mode, feeling: "" })).length, count],
}));
"""
    sentences = ["a storm over the sea", "a room with a window", "Interior", "storm"]
    found = run_node(tmp_path, program, str(site), json.dumps(sentences))
    assert found["firsts"] == ["storm", "room <b>/interior", "room <b>/interior", "storm"]
    assert found["fitting"][0] == found["fitting"][1]


@needs_node
def test_the_joined_script_is_one_that_a_browser_reads(site: Path) -> None:
    subprocess.run(["node", "--check", str(site / "gallery.js")], check=True)
