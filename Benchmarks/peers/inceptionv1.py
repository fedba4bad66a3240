"""InceptionV1 in PyTorch, as fast as we know how to make it there: frozen weights, channels last,
sibling 1x1 convolutions merged, local response normalization by an average pool over channels.

The network, its variants and its parameter names are those of `InceptionV1` in PlumbModels.
"""

import torch
import torch.nn.functional as F

MODULES = [
    ("mixed3a", 192, 64, 96, 128, 16, 32, 32),
    ("mixed3b", 256, 128, 128, 192, 32, 96, 64),
    ("mixed4a", 480, 192, 96, 204, 16, 48, 64),
    ("mixed4b", 508, 160, 112, 224, 24, 64, 64),
    ("mixed4c", 512, 128, 128, 256, 24, 64, 64),
    ("mixed4d", 512, 112, 144, 288, 32, 64, 64),
    ("mixed4e", 528, 256, 160, 320, 32, 128, 128),
    ("mixed5a", 832, 256, 160, 320, 48, 128, 128),
    ("mixed5b", 832, 384, 192, 384, 48, 128, 128),
]


def random_weights(seed=0):
    """He-initialized weights under the checkpoint's names."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}

    def add(name, outputs, inputs, kernel):
        scale = (2 / (inputs * kernel * kernel)) ** 0.5
        weights[f"{name}_pre_relu_conv.weight"] = scale * torch.randn(
            outputs, inputs, kernel, kernel, generator=generator)
        weights[f"{name}_pre_relu_conv.bias"] = torch.zeros(outputs)

    add("conv2d0", 64, 3, 7)
    weights["conv2d0_pre_relu_conv.weight"] /= 64
    add("conv2d1", 64, 64, 1)
    add("conv2d2", 192, 64, 3)
    for name, inputs, one, three_reduced, three, five_reduced, five, pool in MODULES:
        add(f"{name}_1x1", one, inputs, 1)
        add(f"{name}_3x3_bottleneck", three_reduced, inputs, 1)
        add(f"{name}_3x3", three, three_reduced, 3)
        add(f"{name}_5x5_bottleneck", five_reduced, inputs, 1)
        add(f"{name}_5x5", five, five_reduced, 5)
        add(f"{name}_pool_reduce", pool, inputs, 1)
    weights["softmax2_pre_activation_matmul.weight"] = 0.03 * torch.randn(
        1008, 1024, generator=generator)
    weights["softmax2_pre_activation_matmul.bias"] = torch.zeros(1008)
    return weights


class InceptionV1:
    def __init__(self, weights, variant="lucid", dtype=torch.float32, channels_last=True):
        self.variant = variant
        self.dtype = dtype
        self.format = torch.channels_last if channels_last else torch.contiguous_format
        self.weights = {}
        for name, value in weights.items():
            value = value.to(dtype)
            if value.dim() == 4:
                value = value.contiguous(memory_format=self.format)
            self.weights[name] = value
        for name, *_ in MODULES:
            parts = [f"{name}_{branch}_pre_relu_conv" for branch in
                     ("1x1", "3x3_bottleneck", "5x5_bottleneck")]
            self.weights[f"{name}.weight"] = torch.cat(
                [self.weights[f"{part}.weight"] for part in parts]).contiguous(
                    memory_format=self.format)
            self.weights[f"{name}.bias"] = torch.cat(
                [self.weights[f"{part}.bias"] for part in parts])

    def conv(self, x, name, padding=0, stride=1):
        return F.relu(F.conv2d(
            x, self.weights[f"{name}_pre_relu_conv.weight"],
            self.weights[f"{name}_pre_relu_conv.bias"], stride=stride, padding=padding))

    def normalize(self, x):
        size, alpha, bias = (11, 1e-4, 2.0) if self.variant == "lucid" else (9, 1e-4 / 9, 1.0)
        squares = x * x
        n, c, h, w = squares.shape
        # Channels as the depth of a volume: one pooling instead of a Python loop.
        sums = F.avg_pool3d(
            squares.unsqueeze(1), (size, 1, 1), stride=1, padding=(size // 2, 0, 0)).squeeze(1)
        return x * torch.rsqrt(bias + (alpha * size) * sums)

    def forward(self, image, until=None):
        x = (image * 255 - 117).to(self.dtype).contiguous(memory_format=self.format)
        x = self.conv(F.pad(x, (2, 3, 2, 3)), "conv2d0", stride=2)
        pool = lambda x: F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=float("-inf")), 3, 2)
        x = self.normalize(pool(x))
        x = self.conv(x, "conv2d1")
        x = self.normalize(self.conv(x, "conv2d2", padding=1))
        x = pool(x)
        for name, _, one, three_reduced, three, five_reduced, five, _ in MODULES:
            merged = F.relu(F.conv2d(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]))
            a, b, c = merged.split([one, three_reduced, five_reduced], 1)
            x = torch.cat([
                a, self.conv(b, f"{name}_3x3", padding=1), self.conv(c, f"{name}_5x5", padding=2),
                self.conv(F.max_pool2d(x, 3, 1, 1), f"{name}_pool_reduce")], 1)
            if name == until:
                return x
            if name in ("mixed3b", "mixed4e"):
                x = pool(x)
        x = F.avg_pool2d(x, 7).flatten(1)
        return F.linear(
            x, self.weights["softmax2_pre_activation_matmul.weight"],
            self.weights["softmax2_pre_activation_matmul.bias"])
