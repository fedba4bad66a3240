"""Prints the median milliseconds of a PyTorch step on InceptionV1: forward, and the gradient of one
logit for the image, with frozen weights."""

import argparse
import statistics
import time

import torch

import inceptionv1

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=15)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
arguments = parser.parse_args()

torch.set_num_threads(arguments.threads)
dtype = torch.float32 if arguments.precision == "fp32" else torch.bfloat16
best = float("inf")
for channels_last in (True, False):
    network = inceptionv1.InceptionV1(
        inceptionv1.random_weights(), dtype=dtype, channels_last=channels_last)
    image = torch.rand(1, 3, 224, 224)
    times = []
    for step in range(arguments.steps + 3):
        pixels = image.clone().requires_grad_(True)
        begin = time.perf_counter()
        network.forward(pixels)[0, 100].backward()
        if step >= 3:
            times.append(time.perf_counter() - begin)
    best = min(best, statistics.median(times))
print(f"{best * 1000:.2f}")
