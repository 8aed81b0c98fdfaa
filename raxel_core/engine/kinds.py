"""What a safetensors or GGUF file is, by its metadata and the names and shapes of its tensors: one line, with what to do with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..errors import RaxelError
from ..model import PRESET_CONFIGS
from .gguf import READABLE
from .kinds_beside import text_encoder, vae
from .lora_names import is_lora, method_of, split_name
from .signatures import Kind
from .wan_names import wan_names

if TYPE_CHECKING:
    from .files import Header

Shapes = Mapping[str, tuple[int, ...]]
"""Wan's name of every tensor -> its shape."""

SIZES = {1536: "1.3B", 3072: "5B", 5120: "14B"}
"""Width of a Wan transformer's tokens -> its size."""
WIDTHS = {1536: "Wan 1.3B", 3072: "Wan 2.2 5B", 5120: "Wan 14B"}
"""The same for LoRAs, whose version nobody can tell."""
T2V = "Raxel starts from Wan 2.1 T2V: choose wan2.1_t2v_1.3B or wan2.1_t2v_14B"

LORA_TARGET = re.compile(r"blocks\.\d+\.(self_attn|cross_attn|ffn)\.")

ALL_PARTS = "give `raxel init-from-wan` the folder or index of all its parts"

OTHER_WANS = (  # beginning of a tensor's name -> what only that relative of Wan has
    ("vace_", "Wan VACE"),
    ("face_adapter.", "Wan 2.2 Animate"),
    ("motion_encoder.", "Wan 2.2 Animate"),
    ("casual_audio_encoder.", "Wan 2.2 S2V"),
    ("audio_proj.", "HuMo"),
    ("img_emb.emb_pos", "Wan 2.1 FLF2V"),
)


def kind_of(header: Header) -> str:
    """What a safetensors file is, in words."""
    return identify(header).what


def identify(header: Header) -> Kind:
    """What a safetensors file is and what to do with it; never more than its header is looked at."""
    if "raxel" in header.metadata:
        return Kind(
            "a Raxel model", "choose it where a Raxel model is asked for (`--model`, Load Raxel Model)"
        )
    if header.is_gguf:
        return gguf_kind(header)
    own = _ours(header)
    if own:
        return own
    if is_lora(header.tensors):
        return lora_kind(header)
    return kind_of_shapes(wan_shapes(header))


def kind_of_shapes(shapes: Shapes) -> Kind:
    """What a model is by the names and shapes of its tensors, from one file or several."""
    found = (rule(shapes) for rule in RULES)
    return next(
        filter(None, found), Kind("a safetensors file of some other model", "Raxel has no use for it")
    )


def wan_shapes(header: Header) -> dict[str, tuple[int, ...]]:
    """Shapes of all tensors under Wan's own names, whichever way the file calls them."""
    return {wan: header.shape_of(name) for name, wan in wan_names(header.tensors).items()}


def is_wan_part(shapes: Shapes) -> bool:
    """Whether there are attention weights of a Wan transformer; it may be a shard of one."""
    return any(name.startswith("blocks.") and name.endswith((".self_attn.q.weight", ".cross_attn.q.weight"))
               for name in shapes)  # fmt: skip


def gguf_kind(header: Header) -> Kind:
    """A GGUF that is no Raxel model: Wan is read from it, anything else is not."""
    shapes = wan_shapes(header)
    found = next(filter(None, (rule(shapes) for rule in RULES)), None)
    types = sorted({header.type_of(name) for name in header.tensors})
    if found is None:
        architecture = header.metadata.get("general.architecture", "unknown")[:40]
        return Kind(
            f"a GGUF file (architecture {architecture}, {', '.join(types) or 'no tensors'})",
            "Raxel reads GGUF only of its own models and of Wan 2.1 T2V: for all else choose .safetensors",
        )
    what, unreadable = (
        f"{found.what} (GGUF: {', '.join(types)})",
        set(header.formats.values()) - set(READABLE),
    )
    if not is_wan_part(shapes):
        return Kind(what, "Raxel reads no such GGUF: choose its .safetensors version")
    if unreadable and not wan_relative(shapes):
        return Kind(
            what, "Raxel reads Q8_0, Q6_K, Q5_K and Q4_K: choose one of these, or a .safetensors file"
        )
    return Kind(what, found.advice)


def lora_kind(header: Header) -> Kind:
    """A LoRA: what it targets and whether Raxel applies it."""
    method = method_of(header.tensors)
    if method:
        return Kind(f"a {method}", "Raxel does not apply it: choose a plain LoRA")
    parts = {name: split_name(name) for name in header.tensors}
    modules = {part[0] if part else name for name, part in parts.items()}
    ours = {module for module in modules if LORA_TARGET.match(module)}
    strange = sorted(modules - ours - {m for m in modules if m.endswith(".norm3")})
    strange += sorted(m for m in ours if m.endswith("_img"))
    if not ours:
        return Kind("a LoRA of some other model", "Raxel applies LoRAs made for Wan 2.1")
    downs = {
        name: entry.shape for name, entry in header.tensors.items() if (parts[name] or ("", ""))[1] == "down"
    }
    widths = {
        s[-1] for n, s in downs.items() if s and (parts[n] or ("",))[0].endswith((".q", ".k", ".v", ".o"))
    }
    ranks = sorted({shape[0] for shape in downs.values() if shape})
    size = (
        WIDTHS.get(next(iter(widths), 0), f"width {next(iter(widths), 0):,}") if widths else "unknown width"
    )
    rank = (
        f"rank {ranks[0]}" if len(ranks) == 1 else f"ranks {ranks[0]} to {ranks[-1]}" if ranks else "no rank"
    )
    what = f"a LoRA for {size} ({rank}, {len(modules)} modules)"
    if strange:
        return Kind(
            f"{what} that also changes {strange[0]!r}",
            "Raxel cannot apply it: choose one of attention and FFN",
        )
    return Kind(what, "apply it to a Raxel model of that size (`--lora`, Load LoRA (Raxel))")


def _ours(header: Header) -> Kind | None:
    if "raxel_vae" in header.metadata:
        return Kind("a Wan VAE", "it belongs to a Raxel model: choose it with `--vae`")
    if "recipe" in header.metadata:
        return Kind("clips that `raxel cache` encoded", "`raxel train` reads them from its work folder")
    if "step" in header.metadata and any(name.startswith("optimizer") for name in header.tensors):
        return Kind("the state of a training run", "`raxel train` goes on from it in its work folder")
    return None


def check_wan_file(header: Header) -> None:
    """Refuse a file that holds nothing of a Wan transformer, in one sentence."""
    is_other = "raxel" in header.metadata or _ours(header) or is_lora(header.tensors)
    if is_other or not any(_is_wan_name(name) for name in wan_shapes(header)):
        raise RaxelError(f"{header.path} is {identify(header)}")


def wan_relative(shapes: Shapes) -> Kind | None:
    """A Wan transformer that is no text-to-video one of version 2.1, under its own name; None for those that are."""
    patch = shapes.get("patch_embedding.weight", ())
    width, channels = patch[:2] if len(patch) >= 2 else (0, 16)
    name = _relative(shapes, width, channels)
    return Kind(f"{name} {SIZES.get(width, f'of width {width:,}')}", T2V) if name else None


def _wan_transformer(shapes: Shapes) -> Kind | None:
    if not is_wan_part(shapes) and "patch_embedding.weight" not in shapes:
        return None
    patch = shapes.get("patch_embedding.weight", ())
    if not is_wan_part(shapes) or len(patch) != 5 or "head.head.weight" not in shapes:
        return Kind("a part of a Wan transformer", ALL_PARTS)
    relative = wan_relative(shapes)
    if relative:
        return relative
    width = patch[0]
    size = SIZES.get(width, f"of width {width:,}")
    layers = len({key.split(".")[1] for key in shapes if key.startswith("blocks.")})
    known = (c.num_layers for c in PRESET_CONFIGS.values() if c.dim == width and not c.ray_branch)
    promised = next(known, layers)
    if layers < promised:
        return Kind(f"a part of Wan 2.1 T2V {size} ({layers} of {promised} blocks)", ALL_PARTS)
    return Kind(
        f"Wan 2.1 T2V {size}, without a ray branch",
        "make a Raxel model of it: `raxel init-from-wan FILE OUT`",
    )


def _relative(shapes: Shapes, width: int, channels: int) -> str | None:
    """The name of a relative of Wan T2V that Raxel cannot start from."""
    for beginning, name in OTHER_WANS:
        if any(key.startswith(beginning) for key in shapes):
            return name
    has_image = any(key.startswith("img_emb.") for key in shapes)
    version = "2.1" if has_image else "2.2"
    if any(key.startswith("control_adapter.") for key in shapes):
        return f"Wan {version} Fun-Camera"
    if width == 3072 and channels == 48:
        return "Wan 2.2"
    if "ref_conv.weight" in shapes or channels in (48, 52):
        return f"Wan {version} Fun-Control"
    if has_image or channels == 36:
        return f"Wan {version} Fun-InP" if width == 1536 else f"Wan {version} I2V or Fun-InP"
    return None if channels == 16 else f"a relative of Wan with {channels} input channels,"


def _is_wan_name(name: str) -> bool:
    outside = (
        "patch_embedding.",
        "text_embedding.",
        "time_embedding.",
        "time_projection.",
        "head.head.",
        "head.modulation",
    )
    inside = (
        ".self_attn.q.",
        ".self_attn.o.",
        ".cross_attn.q.",
        ".cross_attn.o.",
        ".ffn.0.",
        ".ffn.2.",
        ".modulation",
    )
    return name.startswith(outside) or (name.startswith("blocks.") and any(part in name for part in inside))


RULES: tuple[Callable[[Shapes], Kind | None], ...] = (_wan_transformer, vae, text_encoder)
