"""Writes the fixture ../resources/dev/aorta/io/reference.safetensors with the format's reference implementation.

    pip install safetensors==0.8.0 numpy
    python write_safetensors.py
"""

import pathlib

import numpy as np
from safetensors.numpy import save_file

tensors = {
    "enc1.conv1.weight": np.arange(-3, 3, dtype=np.float32).reshape(2, 3),
    "half": np.array([1.5, -2], dtype=np.float16),
    "step": np.array(5, dtype=np.int64),
    "empty": np.zeros((0, 3), np.float32),
    "mask": np.array([True, False]),
    "größe": np.array([0.1], dtype=np.float64),
}
folder = pathlib.Path(__file__).parent.parent / "resources/dev/aorta/io"
save_file(tensors, folder / "reference.safetensors", {"model": 'unet "ä"\n'})
