"""Reads the frames of a video file in blocks that fit into memory, made square, with FFmpeg's libraries through PyAV."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from svg_studio.engine.data.decode.losses import Losses
from svg_studio.engine.data.decode.opencv import Unusable
from svg_studio.engine.data.decode.pictures import LARGEST, Pictures
from svg_studio.engine.data.decode.resize import Block, Fitting
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Frames
from svg_studio.engine.utils.plain_file import check_plain

AT_ONCE = 64  # frames read
_SMALL = 640 * 480  # pixels of a frame up to which one decoding thread is faster than several that wait for each other
_GATHERED = 1 << 22  # pixels of frames that are decoded before they are turned into pictures
_SAMPLED = 64  # frames whose packets are weighed to tell how many a file holds
_ATTEMPTS = 1000  # to read on behind what cannot be read
# Formats that hold a video themselves. Others, such as playlists, name further files or addresses, which FFmpeg would open.
_FORMATS = (
    "3gp,asf,av1,avi,dv,dirac,flv,gif,gxf,h261,h263,h264,hevc,ivf,m4v,matroska,webm,mjpeg,mov,mp4,mpeg,mpegts,mpegvideo,mxf,nut,obu,ogg,"
    "rm,swf,vc1,vvc,wtv,yuv4mpegpipe"
)
_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # decoders that give the transparency that FFmpeg's own pass over


class Video:
    """An open video, read from its start to its end once. Raises Unusable for a file that is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.read = 0  # frames decoded so far
        self.numbers: list[int] = []  # of the frames of the last block, from 0; what is missing has numbers too
        self.seconds: list[float] = []  # at which they are shown, counted from the stream's start; NaN where the file does not say
        self._container = _open(path)
        try:
            self._stream, self._note = _shown(self._container)
            codec = self._stream.codec_context
            if codec.width < 1 or codec.height < 1 or codec.width * codec.height > LARGEST:
                raise Unusable(f"states frames of {codec.width} × {codec.height} pixels")
            self._decoder = self._chosen_decoder()
            self._losses = Losses(self._container, self._stream, path.stat().st_size)
        except Unusable:
            self.close()
            raise
        self._pictures = Pictures(self._stream)

    @property
    def stated(self) -> int:
        """Frames that the file says it holds; 0: not known; may be wrong."""
        return self._losses.stated

    def blocks(self, fitting: Fitting, *, every: int = 1, last: int = -1) -> Iterator[Frames]:
        """Frames 0, `every`, 2 · `every`, … up to `last` (-1: the end), uint8 (T, W, W, C), also T = 0.

        Each block is what is kept of the next 64 frames, so that whoever waits for it hears of long stretches left out.
        What does not decode is passed over; `shortfall` tells of it. Raises Unusable for frames that cannot be shown.
        """
        frames, ended = self._frames(), False
        codec = self._stream.codec_context
        together = max(1, _GATHERED // (codec.width * codec.height))
        while not ended:
            block = Block(fitting, AT_ONCE // every + 1)
            self.numbers, self.seconds, kept = [], [], []
            for _ in range(AT_ONCE):
                found = next(frames, None) if not 0 <= last < self.read else None
                if found is None:
                    ended = True
                    break
                number, frame = found
                if self.read % every == 0:
                    kept.append(frame)
                    self.numbers.append(number)
                    self.seconds.append(self._second(frame))
                if len(kept) == together:
                    self._add(block, kept, fitting)
                self.read += 1
            self._add(block, kept, fitting)
            yield block.frames()

    def _second(self, frame: Any) -> float:
        if frame.pts is None or not self._stream.time_base:
            return math.nan
        return float((frame.pts - (self._stream.start_time or 0)) * self._stream.time_base)

    def _add(self, block: Block, frames: list[Any], fitting: Fitting) -> None:
        """One after another, so that threads which read several files seldom wait for each other."""
        for frame in frames:
            block.add(*self._pictures.shown(frame, fitting))
        frames.clear()

    def shortfall(self) -> str:
        """Once all blocks are read to the end: what is wrong with the video, in words; empty for one that is whole."""
        return self._losses.sentence() if self.read else "holds no frame that can be decoded"

    def notes(self) -> Iterator[str]:
        """Once all blocks are read: what a person should know of how it was read, in words."""
        yield from filter(None, (self._note, self._losses.hidden(), self._pictures.note))

    def _chosen_decoder(self) -> Any:
        import av

        codec = self._stream.codec_context
        if self._stream.metadata.get("alpha_mode") == "1" and (name := _ALPHA.get(codec.name)) in av.codecs_available:
            decoder = av.CodecContext.create(name, "r")
            decoder.extradata = codec.extradata
        else:
            decoder = codec
        decoder.options = {**decoder.options, "max_pixels": str(LARGEST)}
        decoder.thread_type = "AUTO"
        decoder.thread_count = 1 if codec.width * codec.height <= _SMALL else 0
        return decoder

    def _frames(self) -> Iterator[tuple[int, Any]]:
        import av
        from av.codec.context import Flags

        losses, decoder = self._losses, self._decoder
        for packet in self._packets():
            losses.packet(packet)
            flushing = not packet.size and packet.dts is None
            failed = True
            while failed:
                failed = False
                try:
                    decoded = decoder.decode(None if flushing else packet)
                except av.FFmpegError:
                    losses.error()
                    decoded, failed = (), flushing and losses.errors < losses.packets + _ATTEMPTS  # the others behind it
                for frame in decoded:
                    if not losses.frames and decoder.name == "hevc":
                        # What follows a lost frame is shown, as it is of every other codec, and told to be damaged.
                        decoder.flags |= Flags.output_corrupt
                    yield losses.frame(frame), frame

    def _packets(self) -> Iterator[Any]:
        """Of the video that is shown, those of other streams being told to `losses`; the last one is empty."""
        import av

        container, stream, losses = self._container, self._stream, self._losses
        attempts = 0
        packets = container.demux()
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, OSError):
                attempts += 1
                losses.unreadable()
                if attempts > _ATTEMPTS:
                    yield av.Packet(0)
                    return
                packets = container.demux()
                continue
            if packet is None:
                return
            if packet.stream is stream:  # not by its number, which the last, empty one lacks
                yield packet
            else:
                losses.other(packet)

    def close(self) -> None:
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def likely_frames(path: Path) -> int:
    """About how many frames the file holds, told by its bytes and not by what it states. Raises Unusable."""
    av = pyav()
    with Video(path) as video:
        size = path.stat().st_size
        if counted := video._losses.indexed:
            return counted
        frames = end = 0
        with contextlib.suppress(av.FFmpegError, OSError):
            for packet in video._packets():
                end = max(end, (packet.pos or 0) + packet.size)
                frames += 1
                if frames == _SAMPLED or not packet.size:
                    break
        guessed = size * frames // max(end, 1)
        return min(video.stated, guessed) if video.stated else guessed


def _shown(container: Any) -> tuple[Any, str]:
    """The video stream that players show, and what is to be said of that choice. Raises Unusable where there is none."""
    from av.stream import Disposition as Is

    pictures = Is.attached_pic | Is.timed_thumbnails | Is.still_image
    videos = [stream for stream in container.streams.video if not stream.disposition & pictures and stream.codec_context]
    if not videos:
        raise Unusable("is no video that can be decoded")
    chosen = next((stream for stream in videos if stream.disposition & Is.default), videos[0])
    if len(videos) == 1:
        return chosen, ""
    size = f"{chosen.codec_context.width} × {chosen.codec_context.height} px"
    return chosen, f"holds {len(videos)} video streams; number {videos.index(chosen) + 1} ({size}), which players show, was taken"


def _open(path: Path) -> Any:
    av = pyav()
    try:
        check_plain(path)
        if not path.stat().st_size:
            raise Unusable("is empty")
        # Absolute, so that no beginning of a name is taken for a protocol.
        return av.open(
            str(path.absolute()), metadata_errors="replace", options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
        )
    except av.FFmpegError as error:
        raise Unusable("is no video that can be decoded") from error
    except (OSError, ValueError) as error:
        raise Unusable(f"cannot be read ({getattr(error, 'strerror', None) or error})") from error


def pyav() -> Any:
    """The module av, imported when it is needed. Raises DataError where it is missing."""
    try:
        import av
    except ImportError as error:
        raise DataError("videos need PyAV; run `pip install av`") from error
    return av
