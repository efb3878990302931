"""What is the same on every processor, and what within a bound: one process as this machine computes, one as an older one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.places import ROOT

# Losses of a run's first steps, and the frames and the noise of one future, from fresh weights.
PROGRAM = """
import json, sys
import torch
from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.events import FutureSampled, StepFinished
from svg_studio.engine.models.registry import build
from svg_studio.engine.sampling.latents import noise
from svg_studio.engine.sampling.rollout import futures
from svg_studio.engine.training.train import train
from svg_studio.engine.utils.frames import to_float

shape = ModelConfig(base_width=4, g_dim=16, z_dim=4, rnn_size=16, n_past=3, n_future=4)
drawn = DataConfig(digits="drawn")
run = TrainConfig(model=shape, data=drawn, device="cpu", precision="fp32", batch_size=4, niter=1, epoch_size=4, n_eval=7,
                  log_dir=sys.argv[1], name="run")
losses = [[e.mse, e.kld] for e in train(run) if isinstance(e, StepFinished)]
torch.manual_seed(1)
clips = open_clips(drawn, split="test", image_width=64, channels=1, n_frames=3, seed=1).batch([0])
model = build(shape).eval()
sampled = [e for e in futures(model, to_float(clips)[:, 0], [5], 4) if isinstance(e, FutureSampled)]
print(json.dumps({"clips": clips.tolist(), "noise": noise([5], 7, 4).tolist(), "losses": losses,
                  "frames": sampled[0].frames.tolist(), "sigma": sampled[0].sigma[1:]}))
"""
OLDER = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "default", "OMP_NUM_THREADS": "1"}


def computed(folder: Path, **environment: str) -> dict[str, Any]:
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.skipif(sys.platform == "darwin", reason="the settings that make a processor act as an older one are x86's")
def test_that_machines_agree_on_data_to_the_bit_and_on_numbers_within_bounds(tmp_path: Path) -> None:
    here, again, older = computed(tmp_path / "a"), computed(tmp_path / "b"), computed(tmp_path / "c", **OLDER)
    assert here == again, "one machine repeats itself to the bit"
    assert here["clips"] == older["clips"]
    np.testing.assert_allclose(here["noise"], older["noise"], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(here["losses"], older["losses"], rtol=1e-3)
    assert np.abs(np.subtract(here["frames"], older["frames"])).max() <= 1
    np.testing.assert_allclose(here["sigma"], older["sigma"], rtol=1e-4)
