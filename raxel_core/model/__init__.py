"""Floor 2: the network. Read config.py, then transformer.py, block.py, layers.py."""

from .config import PRESET_CONFIGS, SEGMENTS, RaxelConfig
from .transformer import RaxelTransformer

__all__ = ["PRESET_CONFIGS", "SEGMENTS", "RaxelConfig", "RaxelTransformer"]
