"""Prints the median milliseconds per step of Lucent's own `render_vis` on three visualizations, as one
JSON object. Needs torch-lucent 0.1.8 with kornia 0.4.1; the weights are random."""

import argparse
import contextlib
import io
import json
import statistics
import time

import torch
from lucent.modelzoo import inceptionv1
from lucent.optvis import objectives, param, render, transform

CASES = {
    "visualize/pixels-logit": ("labels:488", False, []),
    "visualize/fourier-logit": ("labels:488", True, transform.standard_transforms),
    "visualize/fourier-mixed4a": ("mixed4a:476", True, transform.standard_transforms),
}

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=12)
parser.add_argument("--threads", type=int, default=2)
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)
torch.manual_seed(0)
model = inceptionv1(pretrained=False).to("cpu").eval()


class Clock:
    """A transform that changes nothing and notes when each step comes by."""

    def __init__(self):
        self.times = []

    def __call__(self, image):
        self.times.append(time.perf_counter())
        return image


results = {}
for name, (objective, fft, transforms) in CASES.items():
    clock = Clock()
    with contextlib.redirect_stderr(io.StringIO()):
        render.render_vis(
            model, objective, lambda: param.image(224, fft=fft, decorrelate=True),
            transforms=[clock] + list(transforms), preprocess=True,
            thresholds=(arguments.steps + 3,), show_image=False, verbose=False, progress=False)
    steps = [b - a for a, b in zip(clock.times[3:], clock.times[4:])]
    results[name] = statistics.median(steps) * 1000
print(json.dumps(results))
