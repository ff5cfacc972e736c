"""The music transformer as torch modules, for training and for parity with transformers.

The backbone is transformers' `LlamaModel`, fed with embeddings; around it stand the step and condition embeddings and
three heads that decode position, pitch and duration of one note in one step. At run time
`composer.music.decoder` computes the same on ONNX Runtime.

Shapes: B batch, T steps, D width, C conditions.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own convention
from transformers import LlamaConfig, LlamaModel

from composer.music.tokens import (
    CHORD_CLASSES,
    CONDITIONS,
    END,
    MAX_POSITION,
    NO_DURATION,
    NO_PITCH,
    STEP_FIELDS,
    fingerprint,
)

__all__ = ["MusicNetwork", "NetworkConfig", "load_network", "save_network"]

CONDITION_OFFSETS = tuple(sum(list(CONDITIONS.values())[:index]) for index in range(len(CONDITIONS)))


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """Size of the network: width, layers, attention heads, feed-forward width, longest context in steps."""

    width: int = 256
    layers: int = 6
    heads: int = 4
    feed_forward: int = 704
    context: int = 1024


class MusicNetwork(nn.Module):
    """Logits for the next step's position, and, given it, pitch, and, given both, duration."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.backbone = LlamaModel(
            LlamaConfig(
                vocab_size=1,
                hidden_size=width,
                intermediate_size=config.feed_forward,
                num_hidden_layers=config.layers,
                num_attention_heads=config.heads,
                num_key_value_heads=config.heads,
                max_position_embeddings=config.context,
                rms_norm_eps=1e-5,
                pad_token_id=None,
                bos_token_id=None,
                eos_token_id=None,
            )
        )
        self.step = nn.ModuleDict({name: nn.Embedding(size, width) for name, size in STEP_FIELDS.items()})
        self.condition = nn.EmbeddingBag(sum(CONDITIONS.values()), width, mode="sum")
        self.condition_in = nn.Linear(width, 2 * width)
        self.condition_out = nn.Linear(2 * width, width)
        self.position_head = nn.Linear(width, MAX_POSITION + 1)
        self.chord_root = nn.Embedding(13, width)
        self.chord_quality = nn.Embedding(len(CHORD_CLASSES) + 1, width)
        self.pitch_in = nn.Linear(width, 2 * width)
        self.pitch_out = nn.Linear(2 * width, NO_PITCH)
        self.duration_in = nn.Linear(width, 2 * width)
        self.duration_out = nn.Linear(2 * width, NO_DURATION)
        for module in self.modules():
            if isinstance(module, (nn.Embedding, nn.EmbeddingBag)):
                nn.init.normal_(module.weight, std=0.05)

    def conditions(self, conditions: Tensor) -> Tensor:
        """Embed condition rows, (N, C) -> (N, D)."""
        offsets = torch.tensor(CONDITION_OFFSETS, device=conditions.device)
        summed = self.condition(conditions + offsets)  # (N, D)
        return summed + self.condition_out(F.silu(self.condition_in(summed)))

    def hidden(self, steps: Tensor, conditions: Tensor) -> Tensor:
        """Run the backbone: steps (B, T, 3), embedded conditions (B, T, D) -> (B, T, D)."""
        embedded = conditions
        for index, name in enumerate(STEP_FIELDS):
            embedded = embedded + self.step[name](steps[..., index])
        return self.backbone(inputs_embeds=embedded, use_cache=False).last_hidden_state

    def pitch_logits(self, hidden: Tensor, position: Tensor, root: Tensor, quality: Tensor) -> Tensor:
        """(..., D) and the chosen position and the chord sounding there -> (..., 128)."""
        mixed = hidden + self.step["position"](position) + self.chord_root(root) + self.chord_quality(quality)
        return self.pitch_out(F.silu(self.pitch_in(mixed)))

    def duration_logits(self, hidden: Tensor, position: Tensor, pitch: Tensor) -> Tensor:
        """(..., D) and the chosen position and pitch -> (..., 33)."""
        mixed = hidden + self.step["position"](position) + self.step["pitch"](pitch)
        return self.duration_out(F.silu(self.duration_in(mixed)))

    def losses(
        self, steps: Tensor, conditions: Tensor, target: Tensor, root: Tensor, quality: Tensor, valid: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Summed negative log-likelihood in nats of position, pitch and duration, and the number of notes.

        ``steps``, ``target`` (B, T, 3); ``conditions`` (B, T, D); chord at the target ``root``, ``quality`` (B, T);
        ``valid`` (B, T) bool, False on padding.
        """
        hidden = self.hidden(steps, conditions)[valid]  # (N, D)
        position, pitch, duration = target[valid].unbind(-1)
        position_loss = F.cross_entropy(self.position_head(hidden).float(), position, reduction="sum")
        is_note = position != END
        hidden, position, pitch, duration = (x[is_note] for x in (hidden, position, pitch, duration))
        logits = self.pitch_logits(hidden, position, root[valid][is_note], quality[valid][is_note])
        pitch_loss = F.cross_entropy(logits.float(), pitch, reduction="sum")
        duration_logits = self.duration_logits(hidden, position, pitch)
        duration_loss = F.cross_entropy(duration_logits.float(), duration, reduction="sum")
        return position_loss, pitch_loss, duration_loss, is_note.sum()


def save_network(network: MusicNetwork, folder: Path, *, half: bool = True) -> None:
    """Write the backbone as a Hugging Face model directory; heads, facts and the graphs of `export` beside it."""
    from safetensors.torch import save_file

    from composer.training.music.export import write_graphs

    folder.mkdir(parents=True, exist_ok=True)
    dtype = torch.float16 if half else torch.float32
    backbone = {k: v.to(dtype).contiguous() for k, v in network.backbone.state_dict().items()}
    save_file(backbone, folder / "model.safetensors", metadata={"format": "pt"})
    heads = {k: v.to(dtype).contiguous() for k, v in network.state_dict().items() if not k.startswith("backbone.")}
    save_file(heads, folder / "heads.safetensors", metadata={"format": "pt"})
    network.backbone.config.architectures = ["LlamaModel"]
    network.backbone.config.save_pretrained(folder)
    facts = {"format": "composer-music/1", "vocabulary_sha256": fingerprint(), "network": asdict(network.config)}
    (folder / "composer.json").write_text(json.dumps(facts, indent=2) + "\n")
    write_graphs(folder)


def load_network(folder: Path) -> MusicNetwork:
    """Read back what `save_network` wrote, in float32; the vocabulary must be the same."""
    from safetensors.torch import load_file

    facts = json.loads((folder / "composer.json").read_text())
    if facts["vocabulary_sha256"] != fingerprint():
        raise ValueError(f"{folder}: these weights were trained with another vocabulary")
    network = MusicNetwork(NetworkConfig(**facts["network"]))
    network.backbone = LlamaModel.from_pretrained(folder, dtype=torch.float32)
    network.load_state_dict(
        {k: v.float() for k, v in load_file(folder / "heads.safetensors").items()}
        | {f"backbone.{k}": v for k, v in network.backbone.state_dict().items()}
    )
    return network
