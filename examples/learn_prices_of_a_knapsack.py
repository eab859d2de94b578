"""Learn prices for the decision that is made with them

Eight things have a weight and a size, and not all of them fit. Which ones are taken is decided
before their prices are known: from four numbers about the day a straight line predicts them. The
truth is not a straight line. So every prediction is wrong somewhere, and least squares does not
ask where it matters.

Three losses do: what is minimized is not the distance to the prices, but what the load that is
chosen with the prediction loses. They differ by one word.
"""

import matplotlib.pyplot as plt
import numpy as np

import tamemip as tm

try:
    import torch

    from tamemip.layers.torch import decision_loss
except ImportError:
    print('This example needs PyTorch: pip install "tamemip[torch]".')
    raise SystemExit(0) from None

numbers = np.random.default_rng(4)
n_items, n_facts, n_days, n_later = 8, 4, 20, 40
sizes = numbers.integers(3, 9, size=(2, n_items))
facts = numbers.normal(size=(n_days + n_later, n_facts))
mix = numbers.integers(0, 2, size=(n_facts, n_items))
prices = np.ceil(5 * ((facts @ mix / 2 + 3) / 3.5) ** 4 * numbers.uniform(0.6, 1.4, n_items))
knapsack = tm.MixedIntegerProgram.from_arrays(
    prices[0], sizes, "<=", sizes.sum(axis=1) * 2 // 5, upper=1, sense="max"
)
print(repr(knapsack))

# The straight line of the two-stage way: least squares.
known = torch.tensor(np.c_[facts, np.ones(len(facts))])
true = torch.tensor(prices)
line = torch.linalg.lstsq(known[:n_days], true[:n_days]).solution
referee = decision_loss("spo+", knapsack)  # remembers what it has solved


def regret(weights):
    """Percent of the best loads' worth that is lost on the later days."""
    with torch.no_grad():
        best = referee.solutions(true[n_days:])
        chosen = referee.solutions(known[n_days:] @ weights)
    worth = (true[n_days:] * best).sum()
    return float(100 * (1 - (true[n_days:] * chosen).sum() / worth))


lost = {"least squares": regret(line)}
choices = {
    "spo+": {},
    "fenchel-young": {"sigma": 3.0, "seed": 1},
    "elastic": {"penalty": 2.0},
}
for kind, options in choices.items():
    loss = decision_loss(kind, knapsack, **options)
    weights = line.clone().requires_grad_()
    steps = torch.optim.Adam([weights], lr=0.05)
    for _ in range(5):
        steps.zero_grad()
        loss(known[:n_days] @ weights, true[:n_days]).backward()
        steps.step()
    lost[kind] = regret(weights.detach())
    print(f"{kind:14} {lost[kind]:5.2f} % lost, {loss.n_solves} solver calls")
print(f"least squares  {lost['least squares']:5.2f} % lost")

# What was lost, by the way of learning.
plt.figure(figsize=(6, 3))
plt.barh(list(lost), list(lost.values()), color=["gray", *["tab:blue"] * 3])
plt.xlabel("percent of the best worth that is lost, later days")
plt.tight_layout()
plt.show()
