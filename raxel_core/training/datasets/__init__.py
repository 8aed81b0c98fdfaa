"""Real clips with cameras, from folders in other people's layouts and our own; docs/datasets.md is the user's page.

``open_dataset(folder) -> Dataset``; ``dataset.windows(...)`` says which clips of N frames there are, ``dataset.read(...)``
decodes one. Nothing is held in memory but the clip at hand.
"""

from .dataset import LAYOUTS, Dataset, open_dataset
from .scale import normalised, scale_from_depths
from .windows import SPLITS, Window
