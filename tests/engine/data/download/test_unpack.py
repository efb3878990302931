"""Archives from anywhere: honest ones come out whole, also in two goes; hostile ones leave nothing and end in a sentence."""

import bz2
import gzip
import io
import lzma
import os
import shutil
import stat
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from svg_studio.engine.data.download import archive_members
from svg_studio.engine.data.download import unpack as archives
from svg_studio.engine.data.download.unpack import unpack, unpacked_so_far
from svg_studio.engine.errors import Busy, DataError
from svg_studio.engine.events import Progressed
from svg_studio.engine.utils.files import SPARE, part_of

RNG = np.random.default_rng(1)
CONTENT = {
    "a.bin": RNG.bytes(70_000),
    "sub/b.bin": RNG.bytes(51_200),  # a multiple of a tar's block
    "sub/deep/ü name.bin": RNG.bytes(1000),
    "empty": b"",
}
LIMIT = 1_000_000
TARS = {"tar": lambda raw: raw, "tar.gz": gzip.compress, "tar.bz2": bz2.compress, "tar.xz": lzma.compress}
KINDS = [*TARS, "zip"]


def tar(files: dict[str, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def tar_of(*infos: tarfile.TarInfo) -> bytes:
    """Members without content; a size in a header is believed."""
    out = b"".join(info.tobuf(tarfile.GNU_FORMAT) for info in infos)
    return out + bytes(2 * tarfile.BLOCKSIZE)


def entry(name: str, kind: bytes = tarfile.REGTYPE, linkname: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, linkname, size
    return info


def zipped(files: dict[str, bytes], mode: int = stat.S_IFREG | 0o644, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that come twice
        for name, data in files.items():
            info = zipfile.ZipInfo(str(name))
            info.external_attr, info.compress_type = mode << 16, compression
            archive.writestr(info, data)
    return out.getvalue()


def made(kind: str, files: dict[str, bytes]) -> bytes:
    return zipped(files) if kind == "zip" else TARS[kind](tar(files))


@pytest.fixture
def unpacking(tmp_path: Path) -> Callable[..., dict[str, bytes]]:
    """Writes an archive, unpacks it and returns what came out; checks that nothing else was written."""

    def run(raw: bytes, **options: object) -> dict[str, bytes]:
        archive, folder = tmp_path / "in" / "archive", tmp_path / "out" / "set"
        archive.parent.mkdir(exist_ok=True)
        archive.write_bytes(raw)
        events = list(unpack(archive, folder, **{"limit": LIMIT, **options}))  # type: ignore[arg-type]
        done = [event.done for event in events if isinstance(event, Progressed)]
        assert done == sorted(done)
        assert done[-1] == len(raw)
        assert sorted(p.name for p in folder.parent.iterdir()) == ["set"]
        return found(folder)

    return run


def found(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., None]:
    """Unpacks an archive that must not come out: one sentence that names it, and nothing left anywhere."""

    def run(raw: bytes, match: str, **options: object) -> None:
        archive, folder = tmp_path / "in" / "bad archive", tmp_path / "out" / "set"
        archive.parent.mkdir(exist_ok=True)
        archive.write_bytes(raw)
        with pytest.raises(DataError, match=match) as caught:
            list(unpack(archive, folder, **{"limit": LIMIT, **options}))  # type: ignore[arg-type]
        assert str(caught.value).startswith(f"{archive}: ")
        assert str(caught.value).isprintable()
        assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "out"]
        assert [*folder.parent.iterdir()] == []

    return run


@pytest.mark.parametrize("kind", KINDS)
def test_that_files_come_out_as_they_went_in(unpacking: Callable[..., dict[str, bytes]], kind: str) -> None:
    assert unpacking(made(kind, CONTENT)) == CONTENT


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_that_every_dialect_of_tar_is_read(unpacking: Callable[..., dict[str, bytes]], form: int) -> None:
    files = {"f" * 90 + "/" + "g" * 99: b"long", **CONTENT}
    assert unpacking(tar(files, form)) == files


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lead", ["", "./"])
def test_that_of_an_archive_only_the_wanted_folder_is_taken(
    unpacking: Callable[..., dict[str, bytes]], kind: str, lead: str
) -> None:
    files = {f"{lead}other/x": b"1" * 5000, **{f"{lead}set/inner/{n}": d for n, d in CONTENT.items()}, f"{lead}set/inner2": b"2"}
    assert unpacking(made(kind, files), members="set/inner") == CONTENT


def test_that_folders_in_an_archive_are_no_trouble(unpacking: Callable[..., dict[str, bytes]], tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "made.tar", "w") as archive:
        (tmp_path / "made" / "sub").mkdir(parents=True)
        (tmp_path / "made" / "sub" / "x").write_bytes(b"x")
        archive.add(tmp_path / "made", arcname=".")
    raw = (tmp_path / "made.tar").read_bytes()
    assert unpacking(raw) == {"sub/x": b"x"}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.mkdir("sub")
        archive.writestr("sub/x", b"y")
    shutil.rmtree(tmp_path / "out")
    assert unpacking(out.getvalue()) == {"sub/x": b"y"}


@pytest.mark.parametrize("kind", KINDS)
def test_that_an_unpacking_cut_off_goes_on_and_leaves_whole_files_alone(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_members, "CHUNK", 10_000)
    archive, folder = tmp_path / "archive", tmp_path / "set"
    archive.write_bytes(made(kind, CONTENT))
    first = unpack(archive, folder, limit=LIMIT)
    for event in first:
        if isinstance(event, Progressed) and (part_of(folder) / "files" / "a.bin").exists():
            break  # in the middle of the second file
    first.close()
    assert not folder.exists()
    assert unpacked_so_far(folder) == len(CONTENT["a.bin"])
    kept = (part_of(folder) / "files" / "a.bin").stat()
    list(unpack(archive, folder, limit=LIMIT))
    assert found(folder) == CONTENT
    assert (folder / "a.bin").stat().st_ino == kept.st_ino
    assert (folder / "a.bin").stat().st_mtime_ns == kept.st_mtime_ns
    assert not part_of(folder).exists()


def test_that_what_another_unpacking_left_is_not_taken_over(tmp_path: Path) -> None:
    archive, folder = tmp_path / "archive", tmp_path / "set"
    archive.write_bytes(made("zip", CONTENT))
    files = part_of(folder) / "files"
    files.mkdir(parents=True)
    (files / "a.bin").write_bytes(bytes(len(CONTENT["a.bin"])))  # of the right size, by its checksum another
    (files / "empty").write_bytes(b"too long")
    (files / "stranger").write_bytes(b"x")
    list(unpack(archive, folder, limit=LIMIT))
    assert found(folder) == CONTENT


def test_that_a_folder_with_something_in_it_is_not_touched(tmp_path: Path) -> None:
    archive, folder = tmp_path / "archive", tmp_path / "set"
    archive.write_bytes(made("tar", CONTENT))
    folder.mkdir()
    list(unpack(archive, folder, limit=LIMIT))  # into an empty one it goes
    (folder / "mine").write_bytes(b"x")
    before = found(folder)
    with pytest.raises(DataError, match="is there already; move it away"):
        list(unpack(archive, folder, limit=LIMIT))
    assert found(folder) == before


def test_that_two_jobs_do_not_unpack_into_one_folder(tmp_path: Path) -> None:
    archive, folder = tmp_path / "archive", tmp_path / "set"
    archive.write_bytes(made("tar", CONTENT))
    first = unpack(archive, folder, limit=LIMIT)
    next(first)
    with pytest.raises(Busy, match=rf"set: process {os.getpid()} on .* has been unpacking this since .*; wait for that one"):
        list(unpack(archive, folder, limit=LIMIT))
    list(first)
    assert found(folder) == CONTENT


NAMES = [
    "/etc/passwd", "../up", "sub/../../up", "sub/..", "C:/x", "c:x", "sub\\x", "..\\up", "\\\\host\\x",
    "a\nb", "x:stream", "nul", "sub/CON.txt", "com1", "end.", "end ", "...", "what?",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
@pytest.mark.parametrize("name", NAMES)
def test_that_no_name_leads_out_of_the_folder(refused: Callable[..., None], kind: str, name: str) -> None:
    refused(made(kind, {"good": b"1", name: b"2"}), "a name that is not unpacked")


def test_that_a_name_with_a_nul_is_refused(refused: Callable[..., None]) -> None:
    raw = zipped({"good": b"1", "evilXname": b"2"}).replace(b"evilXname", b"evil\0name")
    refused(raw, r"'evil\\x00name', a name that is not unpacked")
    raw = tar({"n" * 120: b"2"}).replace(b"n" * 120, b"n" * 110 + b"\xff" * 10)  # bytes that are no UTF-8
    refused(raw, "a name that is not unpacked")


@pytest.mark.parametrize("where", ["wanted", "outside"])
@pytest.mark.parametrize(
    "type_, words",
    [
        (tarfile.SYMTYPE, "a symbolic link"),
        (tarfile.LNKTYPE, "a hard link"),
        (tarfile.CHRTYPE, "a device"),
        (tarfile.BLKTYPE, "a device"),
        (tarfile.FIFOTYPE, "a fifo"),
        (b"Q", "of an unknown kind"),
    ],
)
def test_that_a_tar_with_anything_but_files_and_folders_is_refused(
    refused: Callable[..., None], type_: bytes, words: str, where: str
) -> None:
    refused(
        tar_of(entry("wanted/good"), entry(f"{where}/evil", type_, "/etc/passwd")), f"evil', which is {words}", members="wanted"
    )


def test_that_sparse_files_are_refused_for_they_are_long_for_nothing(refused: Callable[..., None]) -> None:
    refused(tar_of(entry("sparse", tarfile.GNUTYPE_SPARSE)), "which is a sparse file")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = entry("sparse", size=512)
        info.pax_headers = {"GNU.sparse.map": "0,512", "GNU.sparse.size": str(1 << 40)}
        archive.addfile(info, io.BytesIO(bytes(512)))
    refused(out.getvalue(), "which is of an unknown kind")


@pytest.mark.parametrize(
    "mode, words",
    [
        (stat.S_IFLNK | 0o777, "a symbolic link"),
        (stat.S_IFCHR, "a device"),
        (stat.S_IFBLK, "a device"),
        (stat.S_IFIFO, "a fifo"),
        (stat.S_IFSOCK, "of an unknown kind"),
    ],
)
def test_that_a_zip_with_anything_but_files_and_folders_is_refused(refused: Callable[..., None], mode: int, words: str) -> None:
    refused(zipped({"evil": b"/etc/passwd"}, mode), f"'evil', which is {words}")


def test_that_an_encrypted_member_is_refused(refused: Callable[..., None]) -> None:
    raw = bytearray(zipped({"secret": b"1"}))
    raw[6] |= 1  # flags of the local header and of the directory
    raw[raw.index(b"PK\1\2") + 8] |= 1
    refused(bytes(raw), "'secret', which is encrypted")


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_that_a_compression_that_zips_seldom_have_is_refused(refused: Callable[..., None], compression: int) -> None:
    refused(zipped({"x": b"1"}, compression=compression), "compressed in a way that is not read here")


@pytest.mark.parametrize(
    "names", [("x", "x"), ("x", "X"), ("sub/x", "SUB/x"), ("ü", "u\u0308"), ("x", "x/y"), ("x/y", "x"), ("x", "./x")]
)
def test_that_a_name_that_comes_twice_is_refused(refused: Callable[..., None], names: tuple[str, str]) -> None:
    refused(tar_of(*(entry(name) for name in names)), "twice")

    class Name(str):  # two keys of a dict that are the same name
        __hash__ = object.__hash__

        def __eq__(self, other: object) -> bool:
            return self is other

    refused(zipped({Name(name): b"1" for name in names}), "twice")


@pytest.mark.parametrize("kind", KINDS)
def test_that_more_bytes_than_allowed_are_refused(refused: Callable[..., None], kind: str) -> None:
    refused(made(kind, {"a": b"1" * 600, "b": b"2" * 600}), "unpacks to more than 1,000 bytes with 'b'", limit=1000)


@pytest.mark.parametrize("kind", KINDS)
def test_that_as_many_bytes_as_allowed_come_out(unpacking: Callable[..., dict[str, bytes]], kind: str) -> None:
    files = {"a": b"1" * 500, "b": b"2" * 500}
    assert unpacking(made(kind, files), limit=1000) == files


def test_that_a_zip_whose_header_lies_about_the_size_is_refused(refused: Callable[..., None]) -> None:
    raw = bytearray(zipped({"bomb": bytes(5_000_000)}))
    for at in (22, raw.index(b"PK\1\2") + 24):
        raw[at : at + 4] = struct.pack("<I", 1000)
    refused(bytes(raw), "is damaged or cut short")
    raw = bytearray(zipped({"short": b"1" * 100}))
    for at in (22, raw.index(b"PK\1\2") + 24):
        raw[at : at + 4] = struct.pack("<I", 1000)
    refused(bytes(raw), "is damaged")


@pytest.mark.parametrize("kind", ["tar.gz", "tar.bz2", "tar.xz"])
def test_that_a_bomb_beside_the_wanted_files_is_not_read_to_its_end(
    refused: Callable[..., None], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_members, "_AROUND", 1 << 20)
    refused(made(kind, {"other/bomb": bytes(3 << 20), "set/x": b"1"}), "unpacks to more bytes than it may", members="set")
    raw = TARS[kind](tar({"set/x": b"1"}) + bytes(3 << 20))  # behind the end
    refused(raw, "unpacks to more bytes than it may", members="set")


@pytest.mark.parametrize("type_", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE])
def test_that_a_huge_name_takes_no_memory(refused: Callable[..., None], type_: bytes) -> None:
    size = archive_members._HEADERS + 1024
    raw = entry("long", type_, size=size).tobuf(tarfile.GNU_FORMAT) + b"n" * size + tar({"x": b"1"})
    refused(gzip.compress(raw, mtime=0), "headers that are larger than any honest")


def test_that_names_upon_names_are_refused(refused: Callable[..., None]) -> None:
    one = entry("long", tarfile.GNUTYPE_LONGNAME, size=4).tobuf(tarfile.GNU_FORMAT) + b"name".ljust(512, b"\0")
    refused(one * 5000 + tar({"x": b"1"}), "is damaged")


def test_that_too_many_members_are_refused(refused: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MEMBERS", 20)
    refused(tar({f"{n}": b"" for n in range(21)}), "more than 20 members")
    refused(zipped({f"{n}": b"" for n in range(21)}), "more than 20 members")


def test_that_a_zip_with_a_directory_larger_than_honest_is_refused(
    refused: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_members, "_HEADERS", 100_000)
    refused(zipped({f"{n:0100}": b"" for n in range(2000)}), "headers that are larger than any honest")


@pytest.mark.parametrize("kind", KINDS)
def test_that_an_archive_cut_short_anywhere_is_refused(refused: Callable[..., None], kind: str) -> None:
    raw = made(kind, CONTENT)
    end = len(tar(CONTENT).rstrip(b"\0")) if kind == "tar" else len(raw) - 1
    for length in (*range(1, end, end // 37), end):
        refused(raw[:length], "is damaged|is cut short|is neither")


@pytest.mark.parametrize("kind", ["tar.gz", "tar.bz2", "tar.xz", "zip"])
def test_that_a_flipped_bit_in_the_content_is_found(refused: Callable[..., None], kind: str) -> None:
    raw = bytearray(made(kind, CONTENT))
    for at in (2000, len(raw) // 2, len(raw) // 2 + 1):
        raw[at] ^= 16
        refused(bytes(raw), "is damaged")
        raw[at] ^= 16


def test_that_a_flipped_bit_in_the_checksum_behind_a_compressed_tar_is_found(refused: Callable[..., None]) -> None:
    raw = bytearray(made("tar.gz", CONTENT))
    raw[-6] ^= 1
    refused(bytes(raw), "is damaged")


def test_that_a_damaged_header_in_a_tar_is_not_taken_for_its_end(refused: Callable[..., None]) -> None:
    raw = bytearray(tar(CONTENT))
    at = raw.index(b"sub/b.bin")
    raw[at] ^= 1
    refused(bytes(raw), "has no end")


@pytest.mark.parametrize(
    "raw", [b"", b"x", b"<html>" * 1000, bytes(100), b"PK\3\4", b"\x1f\x8b\x08", gzip.compress(b"hello" * 500, mtime=0)]
)
def test_that_what_is_no_archive_is_refused(refused: Callable[..., None], raw: bytes) -> None:
    refused(raw, "is neither a tar nor a zip archive|is damaged|is cut short")


@pytest.mark.parametrize("raw", [bytes(10_240), zipped({}), tar_of(entry("only", tarfile.DIRTYPE))])
def test_that_an_archive_without_files_is_refused(refused: Callable[..., None], raw: bytes) -> None:
    refused(raw, "holds no file|is neither")


def test_that_an_archive_without_the_wanted_folder_is_refused(refused: Callable[..., None]) -> None:
    refused(tar({"other/x": b"1", "set": b"2"}), "holds no set", members="set")


def test_that_a_full_disk_is_told_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, folder = tmp_path / "archive", tmp_path / "set"
    archive.write_bytes(zipped({"x": bytes(500_000)}))
    free = SimpleNamespace(free=SPARE + 400_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    with pytest.raises(DataError, match=r"needs 68 MB, the disk has 68 MB free; make room"):
        list(unpack(archive, folder, limit=LIMIT))
    assert unpacked_so_far(folder) == 0
    free.free += 200_000
    list(unpack(archive, folder, limit=LIMIT))
    assert found(folder) == {"x": bytes(500_000)}


def test_that_what_is_there_of_an_unpacking_needs_no_room_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, folder = tmp_path / "archive", tmp_path / "set"
    archive.write_bytes(zipped({"x": bytes(500_000), "y": bytes(300_000)}))
    first = unpack(archive, folder, limit=LIMIT)
    while unpacked_so_far(folder) < 500_000:
        next(first)
    first.close()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=SPARE + 300_000))
    list(unpack(archive, folder, limit=LIMIT))
    assert found(folder) == {"x": bytes(500_000), "y": bytes(300_000)}


def test_that_an_archive_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be read .*choose another archive"):
        list(unpack(tmp_path / "none.zip", tmp_path / "set", limit=LIMIT))
    assert [*tmp_path.iterdir()] == []
