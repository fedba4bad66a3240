"""Prints the seconds that PyTorch takes for one iteration of fine-tuning the final layer of a GPT-2 of
the smallest size by reward: 10 completions of 28 tokens after a prompt of 2, an exact KL to the base
over the whole vocabulary, one step of Adam.

  usual   Hugging Face's generate, a forward pass, a forward pass of the reference, backward, Adam
  loop    by hand: a cache of fixed size, hidden states reused from sampling, the body shared with the
          reference; weights of the body and of both unembeddings in the precision asked for, the
          trained unembedding and Adam in fp32

usage: measure_finetuning.py {usual,loop} [fp32,bf16] [--runs N]
       measure_finetuning.py save FOLDER      (writes the model as a Hugging Face folder)
"""

import argparse
import time

import torch
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("peer", choices=["usual", "loop", "save"])
parser.add_argument("precision", nargs="?", default="fp32")
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("--threads", type=int, default=2)
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)
torch.manual_seed(1)
dtype = torch.float32 if arguments.precision == "fp32" else torch.bfloat16
LAYERS, HEADS, WIDTH, VOCABULARY = 12, 12, 768, 50257
BATCH, PROMPT, NEW, STOP, BETA = 10, [10248, 3329], 28, 13, 0.1


def hugging_face_model():
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(GPT2Config()).eval()


if arguments.peer == "save":
    hugging_face_model().save_pretrained(arguments.precision)
    raise SystemExit


def losses(logits, reference, ids):
    """The policy-gradient loss with the exact KL, from rows of logits."""
    policy = logits.float().log_softmax(-1)
    base = reference.float().log_softmax(-1)
    taken = policy.gather(-1, ids[..., None])[..., 0]
    reward = (ids == STOP).float().sum(1)
    advantage = (reward - reward.mean()) * BATCH / (BATCH - 1)
    kl = (policy.exp() * (policy - base)).sum(-1)
    return -(advantage[:, None] * taken).sum(1).mean() + BETA * kl.sum(1).mean()


def usual():
    import copy

    model = hugging_face_model()
    reference = copy.deepcopy(model)
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    for parameter in model.transformer.parameters():
        parameter.requires_grad_(False)
    optimizer = torch.optim.Adam([model.lm_head.weight], lr=1e-3)
    prompt = torch.tensor([PROMPT] * BATCH)

    def iteration():
        with torch.no_grad():
            ids = model.generate(
                prompt, attention_mask=torch.ones_like(prompt), do_sample=True, top_k=0,
                max_new_tokens=NEW, min_new_tokens=NEW, pad_token_id=50256)
            base = reference(ids).logits[:, len(PROMPT) - 1 : -1]
        logits = model(ids).logits[:, len(PROMPT) - 1 : -1]
        optimizer.zero_grad()
        losses(logits, base, ids[:, len(PROMPT) :]).backward()
        optimizer.step()

    return iteration


class Body:
    """GPT-2 by hand, up to the final hidden state, over caches of a fixed size."""

    def __init__(self):
        def normal(*shape):
            return (torch.randn(*shape) * 0.02).to(dtype)

        length = len(PROMPT) + NEW
        self.embedding, self.positions = normal(VOCABULARY, WIDTH), normal(1024, WIDTH)
        self.gain, self.bias = torch.ones(WIDTH, dtype=dtype), torch.zeros(WIDTH, dtype=dtype)
        self.layers = [
            dict(
                qkv=normal(3 * WIDTH, WIDTH), qkv_bias=normal(3 * WIDTH),
                out=normal(WIDTH, WIDTH), out_bias=normal(WIDTH),
                up=normal(4 * WIDTH, WIDTH), up_bias=normal(4 * WIDTH),
                down=normal(WIDTH, 4 * WIDTH), down_bias=normal(WIDTH))
            for _ in range(LAYERS)
        ]
        shape = (LAYERS, BATCH, HEADS, length, WIDTH // HEADS)
        self.keys, self.values = torch.zeros(shape, dtype=dtype), torch.zeros(shape, dtype=dtype)

    def step(self, ids, start):
        count = ids.shape[1]
        end = start + count
        x = self.embedding[ids] + self.positions[start:end]
        for index, layer in enumerate(self.layers):
            h = F.layer_norm(x, (WIDTH,), self.gain, self.bias)
            q, k, v = (
                part.view(BATCH, count, HEADS, -1).transpose(1, 2)
                for part in F.linear(h, layer["qkv"], layer["qkv_bias"]).split(WIDTH, 2))
            self.keys[index, :, :, start:end] = k
            self.values[index, :, :, start:end] = v
            mixed = F.scaled_dot_product_attention(
                q, self.keys[index, :, :, :end], self.values[index, :, :, :end],
                is_causal=count > 1)
            mixed = mixed.transpose(1, 2).reshape(BATCH, count, WIDTH)
            x = x + F.linear(mixed, layer["out"], layer["out_bias"])
            h = F.layer_norm(x, (WIDTH,), self.gain, self.bias)
            h = F.gelu(F.linear(h, layer["up"], layer["up_bias"]), approximate="tanh")
            x = x + F.linear(h, layer["down"], layer["down_bias"])
        return F.layer_norm(x[:, -1], (WIDTH,), self.gain, self.bias)


def loop():
    body = Body()
    weight = body.embedding.float().clone().requires_grad_(True)
    optimizer = torch.optim.Adam([weight], lr=1e-3, fused=True)
    prompt = torch.tensor([PROMPT] * BATCH)

    def iteration():
        with torch.inference_mode():
            unembedding = weight.detach().to(dtype)
            ids, position, states, taken = prompt, 0, [], []
            for _ in range(NEW):
                hidden = body.step(ids, position)
                position += ids.shape[1]
                logits = F.linear(hidden, unembedding)
                ids = torch.multinomial(logits.float().softmax(-1), 1)
                states.append(hidden)
                taken.append(ids)
        hidden = torch.stack(states, 1).clone()
        with torch.no_grad():
            base = F.linear(hidden, body.embedding)
        # The product and its gradient in the precision asked for, the sum of steps in fp32.
        logits = F.linear(hidden, weight.to(dtype))
        optimizer.zero_grad(set_to_none=True)
        losses(logits, base, torch.cat(taken, 1).clone()).backward()
        optimizer.step()

    return iteration


iteration = usual() if arguments.peer == "usual" else loop()
iteration()
times = []
for _ in range(arguments.runs):
    begin = time.perf_counter()
    iteration()
    times.append(time.perf_counter() - begin)
print(f"{sorted(times)[len(times) // 2]:.4f}")
