"""Let torchvision import beside a CPU build of torch; on the path of the test host only.

The torchvision wheel of PyPI is built for CUDA: without CUDA its library does not load, and the import stops
where two of its operators are looked up. ComfyUI needs only `torchvision.transforms`, so the operators are
declared, not implemented. torch itself must not be imported here: main.py warns if anybody imports it first.
"""

import sys
from importlib.abc import MetaPathFinder

SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
KEPT = []  # torch.library drops the operators of a library that is garbage collected


class DeclareOperators(MetaPathFinder):
    """Declares the operators the moment torchvision is first imported; finds nothing itself."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname == "torchvision":
            sys.meta_path.remove(self)
            import torch

            KEPT.append(torch.library.Library("torchvision", "DEF"))
            for schema in SCHEMAS:
                KEPT[0].define(schema)
        return None


sys.meta_path.insert(0, DeclareOperators())
