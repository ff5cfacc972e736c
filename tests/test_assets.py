"""Where assets are found, and that they are what they should be."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from composer import assets, downloads
from composer.errors import AssetError, UsageError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COMPOSER_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def embedded_file() -> assets.Asset:
    return min((asset for asset in assets.registry() if asset.embedded), key=lambda asset: asset.size or 0)


def test_an_explicit_path_comes_first(tmp_path: Path, home: Path) -> None:
    own = put(tmp_path, "music/model.safetensors", b"mine")
    assert assets.resolve(own) == own


def test_the_home_folder_comes_before_the_embedded_file(home: Path) -> None:
    name = embedded_file().name
    assert assets.resolve(name).parent != home / Path(name).parent
    mine = put(home, name, b"mine")
    assert assets.resolve(name) == mine


def test_a_folder_in_the_working_directory_is_never_taken_by_accident(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = embedded_file().group
    put(tmp_path, f"{group}/model.safetensors", b"not ours")
    monkeypatch.chdir(tmp_path)
    assert tmp_path not in assets.resolve(group).parents


@pytest.mark.parametrize("name", ["", "../secrets", "music/../../x", "no-such-thing/model.safetensors", "./nowhere"])
def test_what_is_not_there_is_an_asset_error(name: str, home: Path) -> None:
    with pytest.raises(AssetError) as caught:
        assets.resolve(name)
    assert caught.value.exit_code == 3
    assert caught.value.hint


def test_a_public_model_that_is_not_here_names_the_command_that_fetches_it(home: Path) -> None:
    with pytest.raises(AssetError) as caught:
        assets.resolve("ViT-B-32/laion2b_s34b_b79k")
    assert "compose models pull ViT-B-32/laion2b_s34b_b79k" in caught.value.hint


def test_the_hub_cache_is_used_at_the_pinned_revision_only(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = assets.PUBLIC[0]
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    folder = tmp_path / "hub" / ("models--" + str(asset.hub_repository).replace("/", "--")) / "snapshots"
    put(folder, f"{'0' * 40}/{asset.file}", b"another commit")
    assert assets.find(asset.name) is None
    there = put(folder, f"{asset.revision}/{asset.file}", b"this commit")
    assert assets.find(asset.name) == there


def test_every_embedded_file_is_what_the_list_says() -> None:
    embedded = [asset for asset in assets.registry() if asset.embedded]
    assert embedded
    for asset in embedded:
        path = assets.verified(asset.name)
        assert path.stat().st_size == asset.size


def test_the_embedded_files_stay_within_their_budget() -> None:
    assert sum(asset.size or 0 for asset in assets.registry() if asset.embedded) < 60_000_000


def test_no_weights_are_pickles() -> None:
    suffixes = {Path(asset.name).suffix for asset in assets.registry() if asset.embedded}
    assert not suffixes & {".bin", ".pt", ".pth", ".pkl", ".ckpt"}


def test_a_damaged_file_is_refused(home: Path) -> None:
    name = embedded_file().name
    put(home, name, b"damaged")
    with pytest.raises(AssetError, match="damaged or changed"):
        assets.verified(name)


def test_a_file_that_changes_is_hashed_again(home: Path) -> None:
    path = put(home, "x", b"one")
    assert assets.sha256_of(path) == hashlib.sha256(b"one").hexdigest()
    path.write_bytes(b"other")
    assert assets.sha256_of(path) == hashlib.sha256(b"other").hexdigest()


def test_own_weights_are_verified_against_their_own_list(home: Path) -> None:
    asset = embedded_file()
    put(home, asset.name, b"self-trained")
    entry = {
        "name": asset.name,
        "kind": asset.kind,
        "sha256": hashlib.sha256(b"self-trained").hexdigest(),
        "size": 12,
        "licence": "Apache-2.0",
        "source": "composer",
        "revision": "mine",
    }
    put(home, "manifest.json", json.dumps({"format": assets.MANIFEST_FORMAT, "assets": [entry]}).encode())
    assert assets.verified(asset.name) == home / asset.name


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 99, "assets": []}', '{"format": 1, "assets": [{}]}', "\0"]
)
def test_a_damaged_list_is_an_asset_error(home: Path, text: str) -> None:
    asset = embedded_file()
    put(home, asset.name, b"mine")
    put(home, "manifest.json", text.encode())
    with pytest.raises(AssetError, match="list of weights"):
        assets.verified(asset.name)


def test_public_models_are_pinned_to_a_commit() -> None:
    for asset in assets.PUBLIC:
        assert re.fullmatch("[0-9a-f]{40}", asset.revision)
        assert asset.sha256 is None or re.fullmatch("[0-9a-f]{64}", asset.sha256)
        assert asset.kind != "weights" or asset.sha256 is not None


# ------------------------------------------------------------------------------------------ fetching


class Hub:
    """Stands in for the network: hands out bytes, remembers what was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, content: bytes, etag: str | None = None) -> None:
        import huggingface_hub

        self.asked: list[tuple[str, str, str]] = []
        self.content = content
        monkeypatch.setenv("COMPOSER_OFFLINE", "0")
        monkeypatch.setattr(huggingface_hub, "hf_hub_download", self.download)
        monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda url: type("Metadata", (), {"etag": etag})())

    def download(self, repository: str, file: str, *, revision: str, local_dir: Path, tqdm_class: type) -> str:
        self.asked.append((repository, file, revision))
        with tqdm_class(total=len(self.content), name="x") as bar:
            bar.update(len(self.content))
        return str(put(Path(local_dir), file, self.content))


@pytest.fixture
def small_model(monkeypatch: pytest.MonkeyPatch) -> assets.Asset:
    asset = assets.Asset(
        name="tiny/model/weights.safetensors",
        kind="weights",
        sha256=hashlib.sha256(b"tiny").hexdigest(),
        size=4,
        licence="MIT",
        source="hf:someone/tiny",
        revision="a" * 40,
    )
    monkeypatch.setattr(assets, "PUBLIC", (asset,))
    monkeypatch.setattr(downloads, "PUBLIC", (asset,))
    return asset


def test_a_pull_checks_and_places_the_file(
    home: Path, small_model: assets.Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub(monkeypatch, b"tiny")
    shares: list[float] = []
    paths = downloads.pull("tiny/model", lambda _text, share: shares.append(share))
    assert paths == (home / small_model.name,)
    assert hub.asked == [("someone/tiny", "weights.safetensors", "a" * 40)]
    assert assets.verified(small_model.name).read_bytes() == b"tiny"
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert [path.name for path in (home / "tiny/model").iterdir()] == ["weights.safetensors"]
    downloads.pull("tiny/model")
    assert len(hub.asked) == 1, "a good file is not fetched again"


def test_a_pull_with_a_wrong_checksum_leaves_no_file(
    home: Path, small_model: assets.Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    Hub(monkeypatch, b"evil")
    with pytest.raises(AssetError, match="arrived damaged"):
        downloads.pull("tiny/model")
    assert assets.find(small_model.name) is None
    assert not list(home.rglob("*.safetensors"))


def test_without_a_known_checksum_the_published_one_counts(
    home: Path, small_model: assets.Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    monkeypatch.setattr(downloads, "PUBLIC", (replace(small_model, sha256=None),))
    blob = hashlib.sha1(b"blob 4\0tiny").hexdigest()
    Hub(monkeypatch, b"tiny", etag=blob)
    assert downloads.pull("tiny/model")[0].read_bytes() == b"tiny"
    Hub(monkeypatch, b"evil", etag=blob)
    with pytest.raises(AssetError, match="arrived damaged"):
        downloads.pull("tiny/model")


def test_offline_means_offline(home: Path, small_model: assets.Asset, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub(monkeypatch, b"tiny")
    monkeypatch.setenv("COMPOSER_OFFLINE", "1")
    with pytest.raises(AssetError, match="COMPOSER_OFFLINE"):
        downloads.pull("tiny/model")
    assert hub.asked == []


@pytest.mark.parametrize("failure", [ConnectionError("no route to host"), TimeoutError(), RuntimeError("503")])
def test_a_network_failure_is_an_asset_error(
    home: Path, small_model: assets.Asset, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    hub = Hub(monkeypatch, b"tiny")

    def fail(*_: object, **__: object) -> str:
        raise failure

    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", fail)
    with pytest.raises(AssetError, match="cannot be fetched") as caught:
        downloads.pull("tiny/model")
    assert "network" in caught.value.hint
    assert hub.asked == []


def test_pulling_something_unknown_lists_what_is_known(small_model: assets.Asset) -> None:
    with pytest.raises(UsageError, match="tiny/model"):
        downloads.pull("nonsense")
