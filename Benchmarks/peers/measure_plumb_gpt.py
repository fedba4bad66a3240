"""Prints the median milliseconds of a PyTorch training step of plumb-gpt: 8 windows of 512 tokens,
forward, backward, AdamW.

The network is GPT-2's architecture at the shipped sizes; attention is PyTorch's own, fused and causal.
The better of the plain and the compiled network counts, if the machine can compile.
"""

import argparse
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH, CONTEXT, WIDTH, HEADS, LAYERS, VOCABULARY = 8, 512, 256, 4, 4, 8192


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.input, self.output = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        parts = [
            part.view(BATCH, CONTEXT, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in self.input(self.first(x)).split(WIDTH, 2)
        ]
        mixed = F.scaled_dot_product_attention(*parts, is_causal=True)
        x = x + self.output(mixed.transpose(1, 2).reshape(BATCH, CONTEXT, WIDTH))
        return x + self.down(F.gelu(self.up(self.second(x)), approximate="tanh"))


class PlumbGPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = nn.Parameter(torch.zeros(CONTEXT, WIDTH))
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.final = nn.LayerNorm(WIDTH)

    def forward(self, ids, targets):
        x = self.tokens(ids) + self.positions
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.final(x), self.tokens.weight)
        return F.cross_entropy(logits.view(-1, VOCABULARY), targets)


def measure(steps, compiles):
    torch.manual_seed(0)
    network = PlumbGPT()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.01, fused=True)
    count = BATCH * CONTEXT
    ids = (torch.arange(count) * 37 % VOCABULARY).view(BATCH, CONTEXT)
    targets = (torch.arange(count) * 37 + 37) % VOCABULARY
    forward = torch.compile(network) if compiles else network
    times = []
    for step in range(steps + 2):
        begin = time.perf_counter()
        loss = forward(ids, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step >= 2:
            times.append(time.perf_counter() - begin)
    return statistics.median(times)


parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=4)
parser.add_argument("--threads", type=int, default=2)
arguments = parser.parse_args()

torch.set_num_threads(arguments.threads)
best = measure(arguments.steps, False)
try:
    best = min(best, measure(arguments.steps, True))
except Exception as error:
    print(f"PyTorch cannot compile here: {str(error).splitlines()[0]}", file=sys.stderr)
print(f"{best * 1000:.2f}")
