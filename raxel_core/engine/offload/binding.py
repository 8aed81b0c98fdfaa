"""Binding: a slab's tensors become the weights of their modules for a while, and are forgotten afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor, nn

from ..quant import FORMATS
from .layers import Changes, Linear, add_change


class _Plain(NamedTuple):
    """A tensor that is a parameter or buffer as it is."""

    name: str
    module: nn.Module
    leaf: str
    absent: Tensor  # on "meta", stands there while nothing is bound


class _Quantised(NamedTuple):
    """A weight that is stored in parts."""

    name: str
    linear: Linear
    parts: Mapping[str, str]  # suffix -> name in the file


class Binding:
    """Where the tensors of one slab belong.

    Args:
        network: on "meta", built with `layers.OPERATIONS`.
        names: of the slab's tensors.
        formats: name of every quantised weight -> name of its format.
    """

    def __init__(self, network: nn.Module, names: Mapping[str, object], formats: Mapping[str, str]) -> None:
        self._quantised: list[_Quantised] = []
        self._plain: list[_Plain] = []
        taken: set[str] = set()
        for name in names:
            if name in formats:
                self._quantised.append(_quantised(network, name, formats[name]))
                taken.update(self._quantised[-1].parts.values())
        for name in names:
            if name not in taken:
                self._plain.append(_plain(network, name))

    def bind(self, tensors: Mapping[str, Tensor], changes: Mapping[str, Changes]) -> None:
        """Give the modules their weights.

        Args:
            tensors: the slab's, by name.
            changes: name of a weight -> what LoRAs do to it.
        """
        for name, linear, parts in self._quantised:
            linear.parts = {suffix: tensors[part] for suffix, part in parts.items()}
            linear.changes = changes.get(name, ())
        for name, module, leaf, _ in self._plain:
            value = tensors[name]
            if name in changes:
                if isinstance(module, Linear) and leaf == "weight":
                    module.changes = changes[name]
                else:
                    value = _changed(value, changes[name])
            _put(module, leaf, value)

    def unbind(self) -> None:
        """Take them away: a module that is called now raises."""
        for _, linear, _ in self._quantised:
            linear.parts, linear.changes = None, ()
        for _, module, leaf, absent in self._plain:
            _put(module, leaf, absent)
            if isinstance(module, Linear):
                module.changes = ()


def _quantised(network: nn.Module, name: str, format: str) -> _Quantised:
    linear = network.get_submodule(name.removesuffix(".weight"))
    assert isinstance(linear, Linear)
    linear.format = FORMATS[format]
    suffixes = linear.format.parts((linear.out_features, linear.in_features))
    return _Quantised(name, linear, {suffix: name + suffix for suffix in suffixes})


def _plain(network: nn.Module, name: str) -> _Plain:
    path, _, leaf = name.rpartition(".")
    module = network.get_submodule(path)
    return _Plain(name, module, leaf, getattr(module, leaf))


def _put(module: nn.Module, leaf: str, value: Tensor) -> None:
    if leaf in module._buffers:
        module._buffers[leaf] = value
    elif isinstance(value, nn.Parameter):
        module._parameters[leaf] = value
    else:
        module._parameters[leaf] = nn.Parameter(value, requires_grad=False)


def _changed(value: Tensor, changes: Changes) -> Tensor:
    """A norm's or a bias's values [dim] with the changes added."""
    changed = value.clone()
    for change, strength in changes:
        add_change(changed[:, None], change._replace(value=change.value[:, None]), strength)  # type: ignore[call-arg, union-attr]
    return changed
