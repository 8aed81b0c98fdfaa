"""How a model is run: on which device, in how much of its memory, with which kernels."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

import torch

from ..engine.manifest import WRITTEN
from ..errors import RaxelError
from ..model.attention import KERNELS
from .options import within


@dataclass(frozen=True)
class Running:
    """What a user may say about it; the defaults decide by themselves."""

    device: str = "auto"
    """auto: the GPU, where torch sees one."""
    vram_gb: float | None = None
    """Most GB (2**30 bytes) of the device for weights and computing; None: what is free."""
    attention: str = "auto"
    compile: bool = False
    quantize: str | None = None
    """Format to bring the weights to while they are loaded."""

    def torch_device(self) -> torch.device:
        """The device itself. Raises RaxelError where torch has none of that name."""
        cuda = torch.cuda.is_available()
        name = ("cuda" if cuda else "cpu") if self.device == "auto" else self.device
        if name == "cuda" and not cuda:
            raise RaxelError(
                f"torch {torch.__version__} sees no CUDA device here; use --device cpu, or install a torch with CUDA "
                "and the driver that belongs to it"
            )
        return torch.device(name)


def add_running(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    group = parser.add_argument_group("how the model is run")
    group.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="where it computes (default auto)"
    )
    group.add_argument(
        "--vram", type=within(0.001, 4096), metavar="GB",
        help="most memory of the device for the network and its computing, in GB of 2**30 bytes; autoencoder and Python come on top; "
        "what does not fit is streamed (default: what is free)",
    )  # fmt: skip
    group.add_argument(
        "--attention", choices=tuple(KERNELS), default="auto", help="implementation (default auto)"
    )
    group.add_argument("--compile", action="store_true", help="torch.compile every block")
    group.add_argument(
        "--quantize", choices=WRITTEN, metavar="FORMAT",
        help=f"make the weights smaller at every load: {', '.join(WRITTEN)} (better once for all: raxel quantize)",
    )  # fmt: skip


def running_of(args: Namespace) -> Running:
    """What a command was told."""
    return Running(args.device, args.vram, args.attention, args.compile, args.quantize)
