"""torchvision can be imported beside whatever torch is installed."""

import subprocess
import sys

import pytest
from support.places import ROOT


@pytest.mark.parametrize("user", ["torchvision.datasets", "torchvision.transforms"])
def test_that_torchvision_can_be_imported_after_the_shim_without_a_warning(user: str) -> None:
    code = (
        "from svg_studio.engine.data.datasets.torchvision_shim import ensure_torchvision\n"
        f"ensure_torchvision(); ensure_torchvision(); import {user}, torchvision, torch\n"
        "boxes = torch.tensor([[0., 0., 1., 1.], [0., 0., 1., 1.]])\n"
        "if torchvision.extension._has_ops():\n"  # the compiled part's own operators are left alone
        "    assert torchvision.ops.nms(boxes, torch.tensor([1., 2.]), 0.5).tolist() == [1]\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=ROOT)
