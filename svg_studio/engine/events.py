"""The events that jobs yield while they run: frozen dataclasses with plain values, named in the past tense.

Frames in events are read-only uint8 arrays `(T, H, W, C)`, C = 1 or 3, unless they say otherwise.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # plain data too
    from svg_studio.engine.recipe import Recipe

Frames = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Logged:
    """Something worth a line in the log pane or on stderr; level is "info" or "warning"."""

    text: str
    level: str = "info"


@dataclass(frozen=True)
class Progressed:
    """`done` of `total` units of a job are behind it; total 0 when unknown."""

    done: int
    total: int
    unit: str = ""
    doing: str = ""


@dataclass(frozen=True)
class Awaited:
    """A job waits for something outside of it, for `seconds` now; said every now and then, so that it can be stopped meanwhile."""

    text: str  # for whom or what, and how long at most; "" where it is not worth a word yet
    seconds: float


# ---- a job's own life, said by the lane (worker.py), not by the generator


@dataclass(frozen=True)
class JobStarted:
    title: str


@dataclass(frozen=True)
class Paused:
    """The generator stands still between two events."""


@dataclass(frozen=True)
class Resumed:
    """The generator goes on."""


@dataclass(frozen=True)
class Stopped:
    """The generator was closed and its `finally` has run."""


@dataclass(frozen=True)
class Finished:
    """The generator ended by itself."""


@dataclass(frozen=True)
class Remedy:
    """What would probably help against an error; the terminal puts it in words as flags and commands, the window as buttons.

    changes: settings and their new values, for a new run or, from its last checkpoint, for the run in the folder `resume`.
    other: settings that want another value, which the person has to choose.
    jobs: what has to be done first: "download" or "convert", the data set, and settings by name.
    """

    changes: dict[str, int | float] = field(default_factory=dict)
    resume: str = ""
    other: tuple[str, ...] = ()
    jobs: tuple[tuple[str, str, dict[str, str]], ...] = ()


@dataclass(frozen=True)
class Failed:
    """The generator raised: one sentence for the page, the traceback for the log."""

    sentence: str
    traceback: str = ""
    remedy: Remedy | None = None


# ---- training


@dataclass(frozen=True)
class RunStarted:
    run: Path
    config: dict[str, Any]  # TrainConfig.to_dict()
    parameters: int
    device: str
    precision: str
    steps: int  # niter · epoch_size
    gpu: bool = False  # the device has a memory of its own


@dataclass(frozen=True)
class StepFinished:
    """mse and kld as the original reports them: summed over T-1 steps, divided by T; loss = mse + beta · kld."""

    step: int  # from 1
    epoch: int  # from 0
    loss: float
    mse: float
    kld: float
    frames_per_s: float  # B · T of the step over its seconds, waiting for data included
    seconds: float  # of training so far; pauses, previews and tests do not count
    steps_per_s: float = 0.0  # over the last steps, so that this times B · T are the frames a second over the same ones
    left: tuple[float, float] | None = None  # seconds to the run's end, at least and at most, all included; equal when it is sure


@dataclass(frozen=True)
class EpochFinished:
    epoch: int
    step: int
    test_loss: float  # on one fixed batch of test clips, BatchNorm's running statistics
    test_mse: float
    test_kld: float


@dataclass(frozen=True, eq=False)
class PreviewSaved:
    step: int
    png: Path
    gif: Path
    frames: Frames = field(repr=False)  # the GIF's frames


@dataclass(frozen=True)
class CheckpointSaved:
    path: Path
    step: int
    kind: str  # "last" | "best" | "step" | "snapshot"


@dataclass(frozen=True)
class SnapshotsListed:
    """The steps at which a run kept its weights alone, in their order, and the files."""

    run: Path
    snapshots: tuple[tuple[int, Path], ...]


@dataclass(frozen=True)
class RunVanished:
    """The run's folder is not where it was: moved, deleted or unmounted. The job stands still until it is resumed, with a place
    to go on in or without one where the folder is back, or stopped.
    """

    run: Path
    step: int  # the last one, whose weights are in memory
    kept: int  # step of the newest checkpoint in the folder that has gone; 0 for none
    problem: str = ""  # why the answer before could not be followed


@dataclass(frozen=True)
class RunMoved:
    """The run goes on in another folder, or in the same again."""

    run: Path
    old: Path
    step: int
    whole: bool  # earlier checkpoints and previews are there, too


@dataclass(frozen=True)
class RunFinished:
    run: Path
    step: int


# ---- sampling


@dataclass(frozen=True)
class ModelOpened:
    """A checkpoint was loaded; config is its ModelConfig, data its DataConfig (plain data), step its age."""

    path: Path
    model: dict[str, Any]
    data: dict[str, Any]
    step: int
    parameters: int
    device: str
    precision: str
    note: str = ""
    gpu: bool = False  # the device has a memory of its own
    sha256: str = ""  # of the file, in hexadecimal


@dataclass(frozen=True, eq=False)
class ClipOpened:
    """One clip as the data set holds it."""

    split: str
    index: int
    source: str  # where it comes from, in words
    frames: Frames = field(repr=False)


@dataclass(frozen=True)
class SurpriseMeasured:
    """KL(q ‖ p) at each frame of the true clip, step by step on true frames, in nats; NaN at frame 0.

    engine/sampling/surprise.py says what that is and what it is not.
    """

    values: tuple[float, ...] = field(repr=False)


@dataclass(frozen=True, eq=False)
class PosteriorReconstructed:
    """The approximate posterior of the clip (own predictions fed back, z the posterior's mean of the truth)."""

    frames: Frames = field(repr=False)


@dataclass(frozen=True, eq=False)
class FramesImagined:
    """Frame t of all futures of a job as soon as it is there, the same bytes as in each FutureSampled that closes the job.

    `frames` is (K, H, W, C), its row k of future number k; the futures will be n_frames long, of which n_past were given.
    """

    t: int  # from n_past on
    n_past: int
    n_frames: int
    frames: Frames = field(repr=False)


@dataclass(frozen=True, eq=False)
class FutureSampled:
    """One future: frames 0..n_past-1 are the truth's.

    sigma[t] is the prior's mean sigma at frame t (1 for N(0, I); NaN at frame 0).
    """

    number: int  # place on the wall, from 0
    seed: int
    n_past: int
    frames: Frames = field(repr=False)
    sigma: tuple[float, ...] = field(repr=False)


@dataclass(frozen=True)
class FutureScored:
    """SSIM (11×11 Gaussian, sigma 1.5, data range 1, valid) and PSNR (dB) per frame against the truth; NaN while given."""

    number: int
    seed: int
    ssim: tuple[float, ...] = field(repr=False)
    psnr: tuple[float, ...] = field(repr=False)


@dataclass(frozen=True)
class FewChosen:
    """Of many futures the most different, in the order in which they were chosen, and for how many each stands.

    `nearest` has for each future the number of the chosen one that is nearest to it; none is farther from its own than `reach`, in
    grey levels for "pixels".
    """

    numbers: tuple[int, ...]
    counts: tuple[int, ...]
    nearest: tuple[int, ...] = field(repr=False)
    reach: float
    measure: str


@dataclass(frozen=True)
class LatentUse:
    """KL(q ‖ p) in nats per frame of each dimension of z, mean over true frames of `clips` clips of the test set."""

    kl: tuple[float, ...]
    clips: int


@dataclass(frozen=True, eq=False)
class OfModel:
    """What one of several models that are compared says, as `explore` does."""

    row: int  # its place among them, from 0
    said: ModelOpened | FramesImagined | FutureSampled | FutureScored


@dataclass(frozen=True)
class ModelLeftOut:
    """One of several models cannot be compared with the others; they go on."""

    row: int
    path: Path
    why: str  # a sentence


# ---- evaluation

Key = tuple[str, str]  # (metric, statistic); statistic is "best" | "average" | "worst" | "posterior" | "diversity" | "truth"


@dataclass(frozen=True)
class ModelListed:
    """A checkpoint that is evaluated: part of EvaluationStarted. Its name is unique among them."""

    name: str
    path: Path
    step: int
    parameters: int
    n_past: int  # of its training
    prior: str


@dataclass(frozen=True)
class MetricListed:
    """What a curve is of: part of EvaluationStarted."""

    key: str
    title: str
    unit: str  # "dB" or ""
    convention: str  # names how it was computed; belongs beside every figure
    higher_is_better: bool
    statistics: tuple[str, ...]  # those that it comes with


@dataclass(frozen=True)
class EvaluationStarted:
    """Curves are over frames n_past … n_past + n_future - 1, counted from 0; `clips` is what there is of those asked for."""

    models: tuple[ModelListed, ...]
    clips: int
    samples: int  # futures of each clip
    metrics: tuple[MetricListed, ...]
    n_past: int
    n_future: int
    done: int = 0  # clips done before, by a run that was stopped, counted once for each model
    left_out: int = 0  # sequences that are too short
    lpips: str = ""  # one sentence where LPIPS is left out
    device: str = ""
    precision: str = ""
    split: str = "test"  # whose clips they are


@dataclass(frozen=True, eq=False)
class CurvesUpdated:
    """The figures of one model over the clips so far: mean and half the 95 % interval (NaN for one clip)."""

    model: str
    clips: int
    curves: dict[Key, tuple[tuple[float, ...], tuple[float, ...]]] = field(repr=False)  # each n_future long
    overall: dict[Key, tuple[float, float]] = field(repr=False)  # of the clips' means over the imagined frames
    seconds_left: float | None = None  # of the whole job; None while there is no pace


@dataclass(frozen=True)
class EvaluationFinished:
    json: Path
    csv: Path
    png: Path | None = None  # the curves; None without matplotlib
    pdf: Path | None = None
    svg: Path | None = None


# ---- data and files


@dataclass(frozen=True)
class StoreFound:
    """A frame store on disk: part of DatasetInspected."""

    name: str  # below data_root
    path: Path
    image_width: int
    channels: int
    clips: dict[str, int]  # split → sequences
    frames: dict[str, int]  # split → frames
    size: int  # bytes
    problem: str = ""  # one sentence, where it cannot be opened; the rest is 0 then
    finished: bool = True  # False: a conversion was cut off here, and Convert goes on with it
    settings: dict[str, Any] = field(default_factory=dict)  # of its conversion: fields of ConvertConfig


@dataclass(frozen=True)
class DatasetInspected:
    """What of a data set lies on disk."""

    name: str
    data_root: Path
    ready: bool
    state: str  # one sentence
    bytes_on_disk: int
    bytes_free: int
    clips: dict[str, int]  # split → number; 0: as many as asked for
    can_convert: bool = False  # the files that a conversion reads are there
    stores: tuple[StoreFound, ...] = ()  # what has been converted
    can_download: bool = False  # some of the files that a download brings are not there


@dataclass(frozen=True)
class SourcesCounted:
    """What a conversion would read, told before it: counts, and about how many frames and bytes the store would have."""

    videos: int  # files
    folders: int  # of pictures
    frames: int  # about; 0: not known
    size: int  # bytes, about; 0: not known
    free: int  # bytes on the disk that would take them
    left_out: int = 0  # files that are there and would not be read
    clips: dict[str, int] = field(default_factory=dict)  # split → sequences, as far as that can be told beforehand


@dataclass(frozen=True)
class SourceSkipped:
    """Something that a conversion left out: a file, a record or a part of one, and why."""

    source: str
    reason: str


@dataclass(frozen=True)
class SourceNoted:
    """Something to be known of a file that a conversion read, such as a choice that was made; nothing was left out."""

    source: str
    note: str


@dataclass(frozen=True)
class StoreConverted:
    """A conversion ended: sequences and frames of each split, how many times something was skipped, and how many notes."""

    path: Path
    sequences: dict[str, int]
    frames: dict[str, int]
    skipped: int
    report: Path  # a text file that names what was skipped and why, and has the notes
    notes: int = 0


@dataclass(frozen=True)
class StoreRemoved:
    """A store was put into the trash: the system's, or else one in the data folder."""

    path: Path  # where it was
    place: Path | None  # where it is; None: the system does not say
    system: bool


@dataclass(frozen=True)
class StoreVerified:
    """A store was read through; no problems: every count, size and checksum of its manifest agrees."""

    path: Path
    sequences: int
    frames: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class FileDownloaded:
    path: Path
    size: int


@dataclass(frozen=True)
class FileExported:
    path: Path
    size: int


@dataclass(frozen=True)
class SizeEstimated:
    """About how many bytes an export would write."""

    size: int


@dataclass(frozen=True)
class TargetSeen:
    """Whether the file that an export would write is there already, and a name like it that is free."""

    path: Path
    there: bool
    free: Path


@dataclass(frozen=True)
class ModelSought:
    """A checkpoint that was looked for by its SHA-256: where it is, or nowhere; `found` is what the file has instead or too."""

    sha256: str
    path: Path | None
    found: str


@dataclass(frozen=True)
class RecipeRead:
    """What an export carries, so that it opens again."""

    path: Path
    recipe: Recipe


@dataclass(frozen=True, eq=False)
class ExportPreviewed:
    """Frame t of what an export would write, made smaller; `size` is height and width of the file's n_frames.

    extent: how large it is in words, where that is not said in pixels.
    """

    t: int
    frame: Frames = field(repr=False)
    size: tuple[int, int]
    n_frames: int
    extent: str = ""


@dataclass(frozen=True, eq=False)
class PreviewOpened:
    step: int
    path: Path
    frames: Frames = field(repr=False)


# ---- the library of runs


@dataclass(frozen=True)
class RunRow:
    """One run of the library, as its folder alone tells; times are seconds since 1970, `size` is bytes on disk."""

    path: Path
    state: str  # "running" | "paused" | "finished" | "stopped" | "failed" | "crashed" | "damaged"
    reason: str = ""  # why it failed, or what is damaged; one sentence
    live: bool = False  # some process is writing it now
    tags: tuple[str, ...] = ()
    notes: str = ""
    dataset: str = ""
    prior: str = ""
    backbone: str = ""
    step: int = 0
    steps: int = 0  # planned
    best_mse: float | None = None  # of a test batch
    best_step: int = 0
    seconds: float = 0.0  # of training
    frames_per_s: float = 0.0
    started: float = 0.0
    updated: float = 0.0
    size: int = 0
    host: str = ""
    device: str = ""
    precision: str = ""
    parameters: int = 0
    checkpoint: Path | None = None  # the newest
    config: dict[str, Any] = field(default_factory=dict, repr=False)  # config.json as it is; empty where it is damaged
    seen: tuple[int, ...] = field(default=(), repr=False)  # changes when its files do


@dataclass(frozen=True)
class RunsListed:
    """The runs of a log folder, newest first, and what lies in its trash."""

    log_dir: Path
    rows: tuple[RunRow, ...] = field(repr=False)
    trashed: tuple[Path, ...] = ()


@dataclass(frozen=True, eq=False)
class CurvesRead:
    """Losses of a run so far, and its previews.

    Each column is read-only float64 `(n,)`: means over as many steps as it takes to be short enough.
    """

    run: Path
    steps: npt.NDArray[np.float64] = field(repr=False)  # the last step of each mean
    seconds: npt.NDArray[np.float64] = field(repr=False)  # of training, at that step
    columns: dict[str, npt.NDArray[np.float64]] = field(repr=False)  # "mse", "kld", "total"
    tests: tuple[tuple[int, float, float], ...] = field(default=(), repr=False)  # (step, mse, kld) of test batches
    previews: tuple[tuple[int, Path], ...] = field(default=(), repr=False)  # (step, GIF), in their order


Event = (
    Logged | Progressed | Awaited | JobStarted | Paused | Resumed | Stopped | Finished | Failed
    | RunStarted | StepFinished | EpochFinished | PreviewSaved | CheckpointSaved | RunVanished | RunMoved | RunFinished
    | ModelOpened | ClipOpened | PosteriorReconstructed | FramesImagined | FutureSampled | FutureScored
    | FewChosen | LatentUse | SurpriseMeasured | OfModel | ModelLeftOut | SnapshotsListed
    | EvaluationStarted | CurvesUpdated | EvaluationFinished
    | DatasetInspected | SourceSkipped | SourceNoted | StoreConverted | StoreVerified
    | FileDownloaded | FileExported | SizeEstimated | TargetSeen | RecipeRead | ModelSought | ExportPreviewed | PreviewOpened
    | RunsListed | CurvesRead | SourcesCounted | StoreRemoved
)  # fmt: skip
Events = Generator[Event, None, None]  # what every job is; closing it stops the job


def read_only(frames: npt.NDArray[np.uint8]) -> Frames:
    """The same array, which nobody can write to any more."""
    frames.setflags(write=False)
    return frames
