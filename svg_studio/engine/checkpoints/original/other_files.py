"""Says what a file is that torch.save has not written: a page, a pointer, another library's weights."""

from __future__ import annotations

import zipfile
from pathlib import Path

from svg_studio.engine.utils.plain_file import open_plain

LOOKED_AT = 1024  # bytes
BEGINNINGS = {
    b"version https://git-lfs": "is a pointer of git-lfs, not the file itself; fetch it with git lfs pull",
    b"\x89HDF\r\n\x1a\n": "is an HDF5 file, as Keras and TensorFlow write them, not one of torch.save",
    b"\x93NUMPY": "is an array of NumPy, not a file of torch.save",
    b"\x1f\x8b": "is compressed by gzip; unpack it first",
    b"BZh": "is compressed by bzip2; unpack it first",
    b"\xfd7zXZ\0": "is compressed by xz; unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed by zstd; unpack it first",
    b"7z\xbc\xaf\x27\x1c": "is a 7z archive; unpack it first",
    b"Rar!": "is a RAR archive; unpack it first",
    b"GGUF": "is a GGUF file, not one of torch.save",
    b"\x89PNG": "is a picture",
    b"\xff\xd8\xff": "is a picture",
    b"GIF8": "is a picture",
}
PAGES = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")
PICKLES = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))


def what_it_is(path: Path) -> str:
    """The end of a sentence that begins with the file's name. Raises OSError."""
    with open_plain(path) as file:
        data = file.read(LOOKED_AT)
        size = file.seek(0, 2)
    for beginning, said in BEGINNINGS.items():
        if data.startswith(beginning):
            return said
    if not data.strip(b"\0"):
        return "is empty" if not size else "begins with nothing but zeros, as a broken copy does; copy it again"
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(PAGES):
        return "is a web page, not the file that was to be downloaded; download it again"
    if data[257:262] == b"ustar":
        return "is a tar archive; unpack it first"
    if 0 < int.from_bytes(data[:8], "little") <= size - 8 and data[8:9] == b"{":
        return "is a safetensors file; open it with safetensors.torch.load_file and save that with torch.save"
    if data.startswith(PICKLES):
        return "is a pickle that torch.save has not written, such as scikit-learn's or joblib's, and is not opened"
    if data[:1] == b"\x08" and (b"onnx" in data.lower() or b"pytorch" in data[:64]):
        return "is an ONNX model, which holds a program and not torch's weights; save the model with torch.save"
    if all(byte >= 32 or byte in b"\t\r\n" for byte in data):
        return "is a text, not a file of torch.save"
    return "was not written by torch.save, or is cut short"


def what_a_zip_is(archive: zipfile.ZipFile) -> str:
    """As above, of a zip; empty where torch.save may have written it."""
    names = [info.filename for info in archive.infolist()]
    inner = {name.partition("/")[2] for name in names}
    if "constants.pkl" in inner or any(name.startswith("code/") for name in inner):
        return "is a TorchScript program, which is not run; save the model's state_dict with torch.save"
    if names and all(name.endswith(".npy") for name in names):
        return "is an archive of NumPy arrays (.npz), not a file of torch.save"
    if "model.weights.h5" in names:
        return "is a model of Keras, not a file of torch.save"
    if found := next((name for name in names if name.lower().endswith((".pth", ".pt", ".ckpt"))), ""):
        return f"is a zip of other files; unpack it and open what is in it, such as {Path(found).name[:80]!r}"
    return ""
