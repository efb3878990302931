"""What settings are called in the window: plain words. The flag's name stands in their tips."""

from __future__ import annotations

WORDS = {
    "dataset": "Data set",
    "data_root": "Data folder",
    "num_digits": "Digits a clip",
    "deterministic": "Exact bounces",
    "store": "Converted set",
    "source": "Files",
    "image_width": "Frame size",
    "fit": "Square by",
    "depth": "Bits in use",
    "every": "Every n-th frame",
    "test_percent": "Test share",
    "damaged": "Damaged files",
    "png": "PNG files too",
    "channels": "Colour channels",
    "n_past": "Given frames",
    "n_future": "Imagined frames",
    "n_eval": "Preview frames",
    "g_dim": "Encoding size",
    "z_dim": "Latent size",
    "rnn_size": "LSTM size",
    "predictor_rnn_layers": "Predictor layers",
    "posterior_rnn_layers": "Posterior layers",
    "prior_rnn_layers": "Prior layers",
    "beta": "KL weight β",
    "skip_frame": "Skips of",
    "context_latents": "z of given frames",
    "lr": "Learning rate",
    "beta1": "Momentum β₁",
    "optimizer": "Optimiser",
    "recompute": "Save memory",
    "niter": "Epochs",
    "epoch_size": "Steps an epoch",
    "preview_every": "Preview every",
    "preview_minutes": "Preview after",
    "checkpoint_every": "Checkpoint every",
    "snapshot_factor": "Snapshots grow by",
    "sync_batchnorm": "Shared BatchNorm",
    "log_dir": "Log folder",
    "name": "Run's name",
    "model_dir": "Start from",
    "tensorboard": "TensorBoard files",
    "model_path": "Model",
    "nsample": "Samples a clip",
    "N": "Clips",
    "ssim": "SSIM",
    "lpips_weights": "LPIPS weights",
    "batch_stats": "Batch statistics",
}


def words_of(name: str) -> str:
    """Of a setting; one that is not listed is called by its own name: batch_size is "Batch size"."""
    return WORDS.get(name) or name.replace("_", " ").capitalize()


def in_words(sentence: str, name: str, words: str = "") -> str:
    """A sentence about the setting `name`, which is called as its label has it, not by its flag."""
    for mark, instead in (("=", " "), (": ", ": ")):
        if sentence.startswith(f"{name}{mark}"):
            return f"{words or words_of(name)}{instead}{sentence.removeprefix(f'{name}{mark}')}"
    return sentence
