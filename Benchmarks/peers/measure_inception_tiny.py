"""Prints the median milliseconds of a PyTorch training step of inception-tiny: 64 images of 64 x 64,
forward, backward, AdamW.

The network is that of `InceptionTiny.usual` in PlumbModels, with batch normalization; the 1x1
convolutions that share an input are merged, as we do it.
"""

import argparse
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

STEM = [24, 24, 48]
MODULES = [
    [16, 16, 24, 8, 8, 8], [24, 24, 40, 8, 16, 16], [64, 32, 64, 8, 16, 24],
    [56, 40, 72, 8, 24, 24], [40, 40, 88, 8, 24, 24], [40, 48, 96, 8, 24, 24],
    [88, 56, 104, 8, 40, 40], [168, 104, 208, 32, 88, 88], [256, 128, 256, 32, 88, 88],
]


def same(x, window, stride):
    """Padding as TensorFlow's SAME, for a pool or an even stride."""
    pads = []
    for size in (x.shape[3], x.shape[2]):
        total = max((-(-size // stride) - 1) * stride + window - size, 0)
        pads += [total // 2, total - total // 2]
    return pads


class Convolution(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__()
        self.kernel, self.stride = kernel, stride
        padding = kernel // 2 if stride == 1 else 0
        self.convolution = nn.Conv2d(
            inputs, outputs, kernel, stride, padding=padding, bias=False)
        self.normalization = nn.BatchNorm2d(outputs)

    def forward(self, x):
        if self.stride > 1:
            x = F.pad(x, same(x, self.kernel, self.stride))
        return F.relu(self.normalization(self.convolution(x)), inplace=True)


def pool(x, stride):
    if stride == 1:
        return F.max_pool2d(x, 3, 1, padding=1)
    return F.max_pool2d(F.pad(x, same(x, 3, stride), value=float("-inf")), 3, stride)


class Module(nn.Module):
    def __init__(self, inputs, one, three_reduced, three, five_reduced, five, reduce):
        super().__init__()
        self.widths = [one, three_reduced, five_reduced]
        self.ones = Convolution(inputs, sum(self.widths), 1)
        self.three = Convolution(three_reduced, three, 3)
        self.five = Convolution(five_reduced, five, 5)
        self.reduce = Convolution(inputs, reduce, 1)

    def forward(self, x):
        one, three, five = self.ones(x).split(self.widths, 1)
        return torch.cat([one, self.three(three), self.five(five), self.reduce(pool(x, 1))], 1)


class InceptionTiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.ModuleList([
            Convolution(3, STEM[0], 5, 2), Convolution(STEM[0], STEM[1], 1),
            Convolution(STEM[1], STEM[2], 3)])
        self.blocks = nn.ModuleList()
        inputs = STEM[2]
        for widths in MODULES:
            self.blocks.append(Module(inputs, *widths))
            inputs = widths[0] + widths[2] + widths[4] + widths[5]
        self.classifier = nn.Linear(inputs, 200)

    def forward(self, x):
        x = self.stem[2](self.stem[1](pool(self.stem[0](x), 2)))
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in (1, 6):
                x = pool(x, 2)
        return self.classifier(x.mean((2, 3)))


parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=8)
parser.add_argument("--threads", type=int, default=2)
arguments = parser.parse_args()

torch.set_num_threads(arguments.threads)
best = float("inf")
for format in (torch.channels_last, torch.contiguous_format):
    torch.manual_seed(0)
    network = InceptionTiny().to(memory_format=format)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.01, fused=True)
    images = torch.rand(64, 3, 64, 64).contiguous(memory_format=format)
    labels = torch.arange(64) % 200
    times = []
    for step in range(arguments.steps + 2):
        begin = time.perf_counter()
        loss = F.cross_entropy(network(images), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step >= 2:
            times.append(time.perf_counter() - begin)
    best = min(best, statistics.median(times))
print(f"{best * 1000:.2f}")
