"""Learn to read digits from sums of two of them

Nobody says which digit an image shows. All that is known of two images is the sum of their digits.
A network of sign neurons with weights -1 and 1 gives each image a score for each digit; a small
integer program then chooses two digits of the greatest score that add up to the sum. What the best
two digits score, less what the best two of the right sum do, is the loss: it is 0 if the
network alone would have chosen a pair of that sum.

The program is a layer. Its backward pass is a conservative gradient of its value by the
scores, which is exact here: the value is convex in them. Only the signs of the network have no
derivative, and get the window of straight-through training.
"""

import numpy as np

import tamemip as tm
from tamemip.plugins.bnn import BinarizedNetwork

try:
    import torch
    from sklearn.datasets import load_digits

    from tamemip.layers.torch import ValueLayer
except ImportError:
    print('This example needs PyTorch and scikit-learn: pip install "tamemip[torch,bnn]".')
    raise SystemExit(0) from None

n_digits, n_hidden, n_pairs, n_epochs = 4, 128, 160, 8
torch.manual_seed(1)
numbers = np.random.default_rng(1)

# -- images, in pairs ------------------------------------------------------------------------------

images, digits = load_digits(n_class=n_digits, return_X_y=True)
order = numbers.permutation(len(images))
signs, digits = np.where(images[order] >= 8, 1, -1), digits[order]
later = slice(2 * n_pairs, None)
pairs = torch.tensor(signs[: 2 * n_pairs], dtype=torch.float64).reshape(n_pairs, 2, -1)
sums = digits[: 2 * n_pairs].reshape(n_pairs, 2).sum(axis=1)

# -- the integer program ---------------------------------------------------------------------------

one = np.ones(n_digits)
rows = [np.r_[one, 0 * one], np.r_[0 * one, one], np.tile(np.arange(n_digits), 2)]
chooser = tm.MixedIntegerProgram.from_arrays(
    np.zeros(2 * n_digits),
    rows,
    "=",
    [1, 1, n_digits - 1],
    upper=1,
    sense="max",
    row_names=["first", "second", "sum"],
    col_names=[f"{which}={d}" for which in ("first", "second") for d in range(n_digits)],
)
of_sum = {s: ValueLayer(chooser.with_rhs([1, 1, s]), wrt="c") for s in set(sums.tolist())}

# -- the network -----------------------------------------------------------------------------------


class Sign(torch.autograd.Function):
    """The sign, with 1 at 0; backwards the derivative of a clipped line."""

    @staticmethod
    def forward(ctx, x):
        """Forwards."""
        ctx.save_for_backward(x)
        return torch.where(x >= 0, 1.0, -1.0).to(x.dtype)

    @staticmethod
    def backward(ctx, rate):
        """Backwards."""
        (x,) = ctx.saved_tensors
        return rate * (x.abs() <= 1)


latent = [
    (torch.rand(n_hidden, 64, dtype=torch.float64) - 0.5).requires_grad_(),
    (torch.rand(n_digits, n_hidden, dtype=torch.float64) - 0.5).requires_grad_(),
]


def scores(x):
    """What the network adds up for each digit, in a scale that suits the windows."""
    hidden = Sign.apply(x @ Sign.apply(latent[0]).T / 8)
    return hidden @ Sign.apply(latent[1]).T / n_hidden**0.5


def network():
    """The network with its weights -1 and 1."""
    weights = [np.where(w.detach().numpy() >= 0, 1, -1) for w in latent]
    return BinarizedNetwork(weights, [np.zeros(len(w), dtype=int) for w in weights])


def read_right():
    """The share of later images whose digit is the one of the greatest score."""
    return float((network().scores(signs[later]).argmax(axis=1) == digits[later]).mean())


# -- training --------------------------------------------------------------------------------------

print(f"before: {read_right():.1%} of {len(digits[later])} later images are read right")
steps = torch.optim.Adam(latent, lr=0.02)
for epoch in range(n_epochs):
    losses = []
    for batch in np.array_split(numbers.permutation(n_pairs), 10):
        found = scores(pairs[batch])
        noisy = found + torch.randn_like(found) / 2
        free = noisy.amax(dim=2).sum(dim=1)
        loss = torch.zeros((), dtype=torch.float64)
        for s in set(sums[batch].tolist()):
            of = sums[batch] == s
            loss = loss + (free[of] - of_sum[s](noisy[of].flatten(1))).sum()
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(float(loss.detach()) / len(batch))
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {read_right():.1%} read right")

print(network())
