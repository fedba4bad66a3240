"""Prints the median milliseconds per step of three visualizations of InceptionV1 at 224 x 224 pixels,
as one JSON object, in the fastest PyTorch we know how to write: frozen weights, channels last, merged
convolutions, the network cut behind the layer, cheap local response normalization.

The parameterization, the transforms and Adam are Lucid's, as in FeatureVisualization.
"""

import argparse
import json
import math
import random
import statistics
import time

import torch
import torch.nn.functional as F

import inceptionv1

COLORS = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
COLORS = COLORS / COLORS.norm(dim=0).max()


def colored(channels):
    return torch.sigmoid(torch.einsum("rc,bchw->brhw", COLORS, channels))


def pixels(size):
    values = (0.01 * torch.randn(1, 3, size, size)).requires_grad_(True)
    return values, lambda: colored(values)


def fourier(size):
    rows = torch.fft.fftfreq(size)[:, None]
    columns = torch.fft.rfftfreq(size)[None, :]
    frequency = torch.sqrt(rows * rows + columns * columns).clamp(min=1 / size)
    spectrum = (0.01 * torch.randn(1, 3, size, size // 2 + 1, 2)).requires_grad_(True)

    def image():
        scaled = torch.view_as_complex(spectrum) / frequency
        return colored(torch.fft.irfft2(scaled, s=(size, size), norm="ortho") / 4)

    return spectrum, image


def jitter(image, pixels):
    y, x = random.randint(0, pixels), random.randint(0, pixels)
    height, width = image.shape[2] - pixels, image.shape[3] - pixels
    return image[:, :, y:y + height, x:x + width]


def rotated(image, degrees):
    if degrees == 0:
        return image
    angle = math.radians(degrees)
    matrix = torch.tensor([[[math.cos(angle), -math.sin(angle), 0.0],
                            [math.sin(angle), math.cos(angle), 0.0]]])
    grid = F.affine_grid(matrix, image.shape, align_corners=False)
    return F.grid_sample(image, grid, mode="nearest", align_corners=False)


def transformed(image, final=None):
    image = jitter(F.pad(image, (12, 12, 12, 12), value=0.5), 8)
    side = int(image.shape[2] * random.choice([1 + (n - 5) / 50 for n in range(11)]))
    image = F.interpolate(image, size=(side, side), mode="bilinear", align_corners=False)
    image = rotated(image, random.choice(list(range(-10, 11)) + [0] * 5))
    image = jitter(image, 4)
    if final:
        excess = image.shape[2] - final
        if excess > 0:
            first = excess // 2
            image = image[:, :, first:first + final, first:first + final]
        elif excess < 0:
            before = -excess // 2
            after = -excess - before
            image = F.pad(image, (before, after, before, after))
    return image


CASES = {
    "visualize/pixels-logit": (pixels, None, None),
    "visualize/fourier-logit": (fourier, 224, None),
    "visualize/fourier-mixed4a": (fourier, 0, "mixed4a"),
}


def measure(name, network, steps):
    basis, final, layer = CASES[name]
    parameter, image = basis(224)
    optimizer = torch.optim.Adam([parameter], lr=0.05)
    times = []
    for step in range(steps + 5):
        begin = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        seen = image()
        if final is not None:
            seen = transformed(seen, final or None)
        output = network.forward(seen, until=layer)
        objective = output[0, 488] if layer is None else output[:, 476].mean()
        (-objective).backward()
        optimizer.step()
        if step >= 5:
            times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000


parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=25)
parser.add_argument("--threads", type=int, default=2)
arguments = parser.parse_args()

torch.manual_seed(0)
random.seed(0)
torch.set_num_threads(arguments.threads)
weights = inceptionv1.random_weights()
results = {}
for name in CASES:
    # Either memory layout may win.
    results[name] = min(
        measure(name, inceptionv1.InceptionV1(weights, channels_last=layout), arguments.steps)
        for layout in (True, False))
print(json.dumps(results))
