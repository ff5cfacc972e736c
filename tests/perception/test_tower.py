"""The image tower's ONNX file computes what its torch original computes, and is opened safely."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from composer import assets
from composer.errors import AssetError
from composer.onnx_session import open_network
from composer.perception.tower import OUTPUTS, SIDE, TOWER_FILE, Tower, load_tower, square


def original():
    """The torch network with the weights that the file holds."""
    torch = pytest.importorskip("torch")
    timm = pytest.importorskip("timm")
    onnx = pytest.importorskip("onnx")
    from composer.training.perception.export_tower import TIMM_NAME, TowerWithDepths

    graph = onnx.load(str(assets.verified(TOWER_FILE))).graph
    stored = {tensor.name.removesuffix(".half"): onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    model = TowerWithDepths(timm.create_model(TIMM_NAME, pretrained=False).state_dict())
    names = set(model.state_dict())
    weights = {name: torch.from_numpy(stored[name].astype(np.float32)) for name in names & set(stored)}
    assert len(weights) == len(names)
    model.load_state_dict(weights)
    return model.eval()


def test_the_file_equals_the_torch_original() -> None:
    torch = pytest.importorskip("torch")
    model, rng = original(), np.random.default_rng(0)
    ramp = np.linspace(0, 255, 200 * 300 * 3).reshape(200, 300, 3).astype(np.uint8)
    pictures = [rng.integers(0, 256, (180, 240, 3)).astype(np.uint8), ramp]
    batch = np.concatenate([square(picture) for picture in pictures])
    found = load_tower().run(batch)
    with torch.inference_mode():
        wanted = dict(zip(OUTPUTS, model(torch.from_numpy(batch)), strict=True))
    for name in OUTPUTS:
        a, b = found[name], wanted[name].numpy()
        cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
        assert cosine.min() > 0.9999, name
        assert np.abs(a - b).max() < 1e-3 * max(1.0, np.abs(b).max()), name


def test_a_look_is_the_same_in_a_mirror() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    tower = load_tower()
    once, turned = tower.run(square(rgb)), tower.run(square(np.ascontiguousarray(rgb[:, ::-1])))
    both = tower.run(np.concatenate([square(rgb), square(rgb)[..., ::-1]]))
    assert np.allclose(both["middle"].mean(0), (once["middle"][0] + turned["middle"][0]) / 2, atol=1e-3)


def test_a_damaged_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tower.onnx"
    path.write_bytes(b"no network")
    monkeypatch.setattr(assets, "verified", lambda _name: path)
    open_network.cache_clear()
    with pytest.raises(AssetError, match="ONNX"):
        Tower()
    open_network.cache_clear()
