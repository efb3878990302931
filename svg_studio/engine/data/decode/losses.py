"""Keeps account of what was read of a video, to tell which frames are missing and where."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Any

import numpy as np

from svg_studio.engine.utils.wording import count_of

_LATE = 16  # frames after a loss within which a decoder says so
_NAMED = 4  # places of losses, up to which each is named
_LEAST = 16  # bytes that a frame takes on the mean; no codec needs fewer
_OVERHEAD = 1024  # bytes between two packets that no container writes without a reason


class Losses:
    """What a container has and what came of it. Times are in the stream's time base."""

    def __init__(self, container: Any, stream: Any, size: int) -> None:
        self.packets = self.frames = self.errors = 0
        self._container, self._stream, self._size = container, stream, size
        self._is_mov, self._is_avi = "mov" in container.format.name, container.format.name == "avi"
        rate, length = float(stream.average_rate or 0), (container.duration or 0) / 1e6
        self.stated = stream.frames or round(rate * length)  # frames
        if not 0 <= self.stated < 1 << 53:
            self.stated = 0
        self._places = array("q")  # bytes at which an AVI file's index has its packets
        self._last_entry = 0  # byte at which the index has the last packet
        self._indexed, self.indexed = self._index()
        self._times = array("q")  # of the frames that came
        self._awaited: dict[int, int] = {}  # times of the packets of which no frame has come yet, with their numbers
        self._early: set[int] = set()  # times of packets before the first key frame
        self._first_key: int | None = None
        self._now = 0  # time of the newest packet
        self._signs = array("q")  # times at which something was wrong
        self._hidden = 0  # frames
        self._damaged: set[int] = set()  # times of frames
        self._end = 0  # byte behind the last packet
        self._units = {one.index: float(one.time_base or 0) for one in container.streams}  # seconds
        self._last = 0.0  # second at which the last packet of any stream ends

    def packet(self, packet: Any) -> None:
        """The next packet of the video, before it is decoded."""
        if not packet.size:
            return
        self.packets += 1
        time = packet.pts
        if time is None:
            time = packet.dts
        if time is not None:
            self._now = time
            if packet.is_discard:
                self._hidden += 1
            else:
                self._awaited[time] = self._number_of(packet)
            if self._first_key is None:
                if packet.is_keyframe:
                    self._first_key = time
                else:
                    self._early.add(time)
        if packet.is_corrupt:
            self._signs.append(self._now)
        self.other(packet)

    def other(self, packet: Any) -> None:
        """A packet of any stream: how far into the file, and into its time, one has come."""
        position, size = packet.pos, packet.size
        if position is not None and position >= 0 and size:
            # MOV's come in the order of their times, not of their places, and its index tells what is missing.
            if not self._is_mov and self._end and position - self._end > _OVERHEAD + size // 8:
                self._signs.append(self._now)
            self._end = max(self._end, position + size)
        time = packet.pts if packet.pts is not None else packet.dts
        if time is not None and (unit := self._units.get(packet.stream_index)):
            self._last = max(self._last, (time + (packet.duration or 0)) * unit)

    def frame(self, frame: Any) -> int:
        """A frame that was decoded. Returns its number, from 0, among all that the video holds as far as an index tells it."""
        number = self.packets - 1
        self.frames += 1
        time = frame.pts
        if time is None:
            time = frame.dts
        if time is not None:
            self._times.append(time)
            number = self._awaited.pop(time, number)
        if frame.is_corrupt:
            self._damaged.add(self._now if time is None else time)
            self._signs.append(self._now if time is None else time)
        return number

    def error(self) -> None:
        """Something that was to be decoded could not be."""
        self.errors += 1
        self._signs.append(self._now)

    unreadable = error

    def hidden(self) -> str:
        """What is to be said of frames that players do not show either; empty if there are none."""
        hidden = self._hidden + sum(self._is_early(time) for time in self._awaited)
        if not hidden:
            return ""
        return f"{_counted(hidden)} left out that players hide too: cut away by an editor, or before the first key frame"

    def sentence(self) -> str:
        """Once all is read: what is missing and where, in words; empty for a whole video."""
        holes = self._holes()
        missing = sum(count for _, _, count in holes)
        short, early = self._ended_early(missing)
        if early and self._times:  # what is torn at the end is part of that
            end = max(self._times)
            holes = [hole for hole in holes if hole[0] <= end]
            missing = sum(count for _, _, count in holes)
            self._damaged.discard(end)
        parts = []
        if missing or short:
            spans = [(first, last) for first, last, _ in holes] or [(int(self._signs[0]), int(self._signs[-1]))]
            places = [" to ".join(dict.fromkeys(map(self._second, span))) + " s" for span in spans[:_NAMED]]
            more = f" and in {len(spans) - _NAMED} more places" if len(spans) > _NAMED else ""
            parts.append(f"{_counted(missing + short)} missing or cannot be decoded, at {', '.join(places)}{more}")
        elif self.errors and not self._times:
            parts.append(f"{_counted(self.errors)} missing or cannot be decoded")
        if self._damaged:
            parts.append(f"{_counted(len(self._damaged))} damaged and shown as far as possible")
        if early:
            parts.append(early)
        return "; ".join(parts)

    def _index(self) -> tuple[int, int]:
        """Entries of the container's own index of the stream, 0 without one to rely on, and those that lie within the file."""
        entries = self._stream.index_entries
        count = len(entries)
        if not count or not (self._is_avi or (self._is_mov and self._stream.frames)):
            return 0, 0
        last = entries[-1]
        self._last_entry = last.pos
        # Reading the beginning of an AVI file makes entries as well.
        if self._is_avi and last.pos + last.size < 0.75 * (self._size - 64 * count):
            return 0, 0
        if self._is_avi:
            self._places = array("q", [entry.pos for entry in entries if entry.size])  # empty ones are frames that a camera dropped
            count = len(self._places)
        within = count if last.pos < self._size else sum(entry.pos < self._size for entry in entries)
        return count, within

    def _number_of(self, packet: Any) -> int:
        """By its place in the file, for an AVI file's own times go on behind a gap as if there were none."""
        if self._is_avi and self._indexed and packet.pos is not None:
            return bisect_left(self._places, packet.pos - 8)  # the index names the chunk's head
        return self.packets - 1

    def _is_early(self, time: int) -> bool:
        return self._first_key is not None and (time in self._early or time < self._first_key)

    def _holes(self) -> list[tuple[int, int, int]]:
        """First and last time, and frames, of each stretch that was lost."""
        if not self._signs or not self._times:
            return []
        times = np.unique(np.frombuffer(self._times, np.int64))
        steps = np.diff(times)
        step = int(np.median(steps)) if len(steps) else 1
        signs = np.sort(np.frombuffer(self._signs, np.int64))
        awaited = np.array(sorted(time for time in self._awaited if not self._is_early(time)), np.int64)
        holes: list[tuple[int, int, int]] = []
        starts, ends = np.append(times[0] - step * (1 << 20), times), np.append(times, times[-1] + step * (1 << 20))
        among = np.searchsorted(awaited, ends) - np.searchsorted(awaited, starts)
        wide = np.append(np.append(False, steps > 1.5 * step), False)
        for at in np.flatnonzero(wide | (among > 0)):
            first, last = int(starts[at]), int(ends[at])
            if not np.searchsorted(signs, last + _LATE * step, "right") > np.searchsorted(signs, first - _LATE * step):
                continue  # a frame that stands long, or a packet that is not to be shown
            inside = awaited[np.searchsorted(awaited, first) : np.searchsorted(awaited, last)]
            if 0 < at < len(times):
                count = max(len(inside), round((last - first) / step) - 1)
                first, last = first + step, last
            else:
                count, first, last = len(inside), int(inside[0]), int(inside[-1]) + step
            if holes and first - holes[-1][1] <= _LATE * step:  # one place for a reader
                first, count = holes[-1][0], holes.pop()[2] + count
            if count:
                holes.append((first, last, count))
        return holes

    def _ended_early(self, missing: int) -> tuple[int, str]:
        """Frames that are missing at a place that no time tells, and a sentence on an end that came too early."""
        if self._indexed or (self._is_avi and self.stated):
            stated = self._indexed or self.stated
            short = stated - self.packets - max(0, missing - len(self._awaited))
            if short <= 0 or stated * _LEAST > self._size:  # no header that is right states as many
                return 0, ""
            if not self._indexed and self._times and max(self._times) + 1 >= stated:
                return 0, ""  # frames that a camera dropped are counted by some
            if self._indexed and self._signs and self._end >= self._last_entry:
                return short, ""
            return 0, f"ends after {self.frames} of {stated - self._hidden} frames"
        length, start = (self._container.duration or 0) / 1e6, (self._container.start_time or 0) / 1e6
        if self._is_mov and self._size - self._end > max(1 << 16, self._size // 10):
            return 0, f"cannot be read behind {self._last - start:.1f} s"
        if self.stated and self._last - start < length - max(0.5, 0.05 * length):
            return 0, f"ends after {self.frames} of about {self.stated} frames"
        return 0, ""

    def _second(self, time: int) -> str:
        start = self._stream.start_time or 0
        return f"{float((time - start) * self._stream.time_base):.2f}"


def _counted(number: int) -> str:
    return f"{count_of(number, 'frame')} {'is' if number == 1 else 'are'}"
