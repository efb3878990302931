"""The exceptions that torch.load raises for files that are damaged or something else."""

from __future__ import annotations

import pickle
import struct
import zipfile

DAMAGED = (
    pickle.UnpicklingError, struct.error, zipfile.BadZipFile, RuntimeError, ArithmeticError, AssertionError, AttributeError,
    EOFError, ImportError, LookupError, MemoryError, TypeError, ValueError,
)  # fmt: skip
