"""Prints the seconds that PyTorch takes to decode with a model of GPT-2's smallest size and random
weights: Hugging Face's `generate`, or a loop written by hand over static caches, compiled if asked.

usage: measure_decoding.py {hf,loop,compiled} {batch,stream,prefill} {fp32,bf16} [--runs N]
       measure_decoding.py save FOLDER      (writes the model as a Hugging Face folder)
"""

import argparse
import time

import torch
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("peer", choices=["hf", "loop", "compiled", "save"])
parser.add_argument("case")
parser.add_argument("precision", nargs="?", choices=["fp32", "bf16"], default="fp32")
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("--threads", type=int, default=2)
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)
torch.manual_seed(1)
dtype = torch.float32 if arguments.precision == "fp32" else torch.bfloat16
LAYERS, HEADS, WIDTH, VOCABULARY, CONTEXT = 12, 12, 768, 50257, 1024


def hugging_face_model():
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(GPT2Config()).eval()


if arguments.peer == "save":
    hugging_face_model().save_pretrained(arguments.case)
    raise SystemExit


class Loop:
    """GPT-2 by hand: no modules, no masks for one new token, caches of a fixed size."""

    def __init__(self, rows, length):
        def normal(*shape):
            return (torch.randn(*shape) * 0.02).to(dtype)

        self.rows, self.length = rows, length
        self.embedding, self.positions = normal(VOCABULARY, WIDTH), normal(CONTEXT, WIDTH)
        self.layers = [
            dict(
                qkv=normal(3 * WIDTH, WIDTH), qkv_bias=normal(3 * WIDTH),
                out=normal(WIDTH, WIDTH), out_bias=normal(WIDTH),
                up=normal(4 * WIDTH, WIDTH), up_bias=normal(4 * WIDTH),
                down=normal(WIDTH, 4 * WIDTH), down_bias=normal(WIDTH),
                gain=torch.ones(WIDTH, dtype=dtype), bias=torch.zeros(WIDTH, dtype=dtype))
            for _ in range(LAYERS)
        ]
        shape = (LAYERS, rows, HEADS, length, WIDTH // HEADS)
        self.keys, self.values = torch.zeros(shape, dtype=dtype), torch.zeros(shape, dtype=dtype)
        self.slots = torch.arange(length)

    def step(self, ids, start):
        """Logits after ids [rows, count], which stand at `start` (a tensor) and after."""
        rows, count = ids.shape
        places = start + torch.arange(count)
        x = self.embedding[ids] + self.positions[places]
        mask = self.slots[None, :] <= places[:, None]
        for index, layer in enumerate(self.layers):
            h = F.layer_norm(x, (WIDTH,), layer["gain"], layer["bias"])
            q, k, v = (
                part.view(rows, count, HEADS, -1).transpose(1, 2)
                for part in F.linear(h, layer["qkv"], layer["qkv_bias"]).split(WIDTH, 2))
            self.keys[index].index_copy_(2, places, k)
            self.values[index].index_copy_(2, places, v)
            mixed = F.scaled_dot_product_attention(
                q, self.keys[index], self.values[index], attn_mask=mask)
            mixed = mixed.transpose(1, 2).reshape(rows, count, WIDTH)
            x = x + F.linear(mixed, layer["out"], layer["out_bias"])
            h = F.layer_norm(x, (WIDTH,), layer["gain"], layer["bias"])
            h = F.gelu(F.linear(h, layer["up"], layer["up_bias"]), approximate="tanh")
            x = x + F.linear(h, layer["down"], layer["down_bias"])
        last = F.layer_norm(x[:, -1], (WIDTH,), self.layers[0]["gain"], self.layers[0]["bias"])
        return F.linear(last, self.embedding)


def sample(logits):
    best, ids = logits.float().topk(50)
    return ids.gather(1, torch.multinomial(best.softmax(-1), 1))


def loop(case):
    rows, new = (10, 30) if case == "batch" else (1, 200)
    if case == "prefill":
        model = Loop(1, CONTEXT)
        prompt = torch.arange(CONTEXT)[None] * 37 % VOCABULARY
        step = torch.compile(model.step) if arguments.peer == "compiled" else model.step
        return lambda: step(prompt, torch.tensor(0))
    model = Loop(rows, 2 + new)
    step = torch.compile(model.step) if arguments.peer == "compiled" else model.step

    def run():
        ids = torch.arange(2 * rows).view(rows, 2)
        position = 0
        for _ in range(new):
            logits = step(ids, torch.tensor(position))
            position += ids.shape[1]
            ids = sample(logits) if case == "batch" else logits.argmax(-1, keepdim=True)

    return run


def hugging_face(case):
    model = hugging_face_model().to(dtype)
    if case == "prefill":
        prompt = torch.arange(CONTEXT)[None] * 37 % VOCABULARY
        return lambda: model(prompt, logits_to_keep=1)
    rows, new = (10, 30) if case == "batch" else (1, 200)
    prompt = torch.arange(2 * rows).view(rows, 2)
    settings = dict(
        attention_mask=torch.ones_like(prompt), max_new_tokens=new, min_new_tokens=new,
        pad_token_id=50256, do_sample=case == "batch")
    return lambda: model.generate(prompt, **settings)


with torch.inference_mode():
    run = hugging_face(arguments.case) if arguments.peer == "hf" else loop(arguments.case)
    run()
    times = []
    for _ in range(arguments.runs):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
print(f"{sorted(times)[len(times) // 2]:.4f}")
