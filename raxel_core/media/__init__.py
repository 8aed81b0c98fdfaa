"""Clips and pictures of the outside world: read, fitted to the model, written.

Frames are float32 [F, H, W, 3] in 0..1, as everywhere at a border. PyAV reads and writes clips, Pillow pictures.
A file that cannot be used is a RaxelError of one sentence; a file is written under a temporary name and renamed.
"""

from .atomic import replacing, staging
from .clips import ClipInfo, probe_clip, read_clip
from .fit import describe_length, describe_size, fit_frames, fit_length, model_length, uncropped
from .moments import frame_times, read_moments
from .raxel_pictures import read_raxel_pictures, write_raxel_pictures
from .stills import read_picture, read_still
from .write import to_uint8, write_gif, write_mp4, write_png
