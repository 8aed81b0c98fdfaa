"""The door of this package: open a model file, get a network whose weights lie where there is room."""

from .network import PlacedNetwork
from .opening import open_model

__all__ = ["PlacedNetwork", "open_model"]
