"""Torch modules: known structures, and the exact expansion against torch itself."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

from tamemip.certificates import Structure, check  # noqa: E402
from tamemip.errors import InvalidInputError  # noqa: E402
from tamemip.tameness import CERTIFIED, UNKNOWN, Reading, certify, nodes_of  # noqa: E402
from tamemip.tameness import _torch_reader as reader  # noqa: E402
from tamemip.tameness._torch_generic import GenericEngine  # noqa: E402
from tamemip.tameness._torch_reader import read  # noqa: E402
from tamemip.tameness._torch_tracing import evaluate, trace  # noqa: E402
from tests.tameness.evaluation import values  # noqa: E402

pytestmark = pytest.mark.extras

nn = torch.nn
F = nn.functional


def seeded(make, *, shape=None, training=False):
    torch.manual_seed(1)
    module = make().train(training)
    if shape is not None:
        module.example_input_array = torch.zeros(shape)
    return module


def net(activation, width=4):
    return lambda: nn.Sequential(nn.Linear(3, width), activation, nn.Linear(width, 2))


class Sign(torch.autograd.Function):
    """Sign with the gradient of the identity."""

    @staticmethod
    def forward(ctx, x):
        return torch.sign(x)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


class SignNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 4)
        self.outer = nn.Linear(4, 2)

    def forward(self, x):
        return self.outer(Sign.apply(self.inner(x)))


class Detached(SignNet):
    def forward(self, x):
        h = self.inner(x)
        return self.outer(h + (torch.sign(h) - h).detach())


class Block(nn.Module):
    """A causal transformer block, written by hand."""

    def __init__(self, width=4, heads=2):
        super().__init__()
        self.heads, self.width = heads, width
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.feed = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU("tanh"), nn.Linear(2 * width, width)
        )
        self.register_buffer("mask", torch.ones(3, 3).triu(1).bool())

    def forward(self, x):
        n, length, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).chunk(3, dim=-1)
        q, k, v = (t.view(n, length, self.heads, -1).transpose(1, 2) for t in (q, k, v))
        scores = q @ k.transpose(-2, -1) / (width // self.heads) ** 0.5
        weights = F.softmax(scores.masked_fill(self.mask, float("-inf")), dim=-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(n, length, width))
        return x + self.feed(self.norm2(x))


class Causal(nn.Module):
    def forward(self, q):
        return F.scaled_dot_product_attention(q, q + 1, q * 2, is_causal=True)


class Attend(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.MultiheadAttention(4, 2)

    def forward(self, x):
        return self.inner(x, x, x)[0]


class Masked(Attend):
    """The weights of what a mask excludes are 0."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mask", torch.full((3, 3), float("-inf")).triu(1))

    def forward(self, x):
        return self.inner(x, x, x, attn_mask=self.mask, need_weights=False)[0]


class Squares(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("target", torch.ones(2, 3))

    def forward(self, x):
        return F.mse_loss(x, self.target) + F.l1_loss(x, self.target, reduction="sum")


class Loss(nn.Module):
    def __init__(self, target):
        super().__init__()
        self.inner = nn.Linear(3, 4)
        self.register_buffer("target", target)

    def forward(self, x):
        return F.cross_entropy(self.inner(x), self.target)


class Images(nn.Module):
    def __init__(self, pool):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3, stride=1, padding=1, groups=2)
        self.norm = nn.BatchNorm2d(4)
        self.pool = pool

    def forward(self, x):
        return torch.flatten(self.pool(F.leaky_relu(self.norm(self.conv(x)), 0.25)), 1)


CASES = {
    "relu": (net(nn.ReLU()), (1, 3), Structure.SEMILINEAR),
    "leaky relu": (net(nn.LeakyReLU(0.25)), (1, 3), Structure.SEMILINEAR),
    "hardtanh": (net(nn.Hardtanh()), (1, 3), Structure.SEMILINEAR),
    "sigmoid": (net(nn.Sigmoid()), (1, 3), Structure.R_EXP),
    "tanh": (net(nn.Tanh()), (1, 3), Structure.R_EXP),
    "silu": (net(nn.SiLU()), (1, 3), Structure.R_EXP),
    "softplus": (net(nn.Softplus()), (1, 3), Structure.R_EXP),
    "elu": (net(nn.ELU()), (1, 3), Structure.R_EXP),
    "softsign": (net(nn.Softsign()), (1, 3), Structure.SEMIALGEBRAIC),
    "softmax": (net(nn.Softmax(-1)), (1, 3), Structure.R_EXP),
    "log softmax": (net(nn.LogSoftmax(-1)), (1, 3), Structure.R_EXP),
    "gelu": (net(nn.GELU()), (1, 3), Structure.PFAFFIAN),
    "gelu by tanh": (net(nn.GELU("tanh")), (1, 3), Structure.R_EXP),
    "layer norm": (net(nn.LayerNorm(4)), (1, 3), Structure.SEMIALGEBRAIC),
    "dropout": (net(nn.Dropout()), (1, 3), Structure.SEMILINEAR),
    "sign": (SignNet, (1, 3), Structure.SEMILINEAR),
    "sign by detach": (Detached, (1, 3), Structure.SEMILINEAR),
    "max pool": (lambda: Images(nn.MaxPool2d(2, 1, 1)), (1, 2, 3, 3), Structure.SEMILINEAR),
    "avg pool": (lambda: Images(nn.AvgPool2d(2, 1, 1)), (2, 2, 3, 3), Structure.SEMILINEAR),
    "global pool": (lambda: Images(nn.AdaptiveAvgPool2d(1)), (1, 2, 3, 3), Structure.SEMILINEAR),
    "rows": (
        lambda: nn.Sequential(nn.Conv1d(1, 2, 3, dilation=2), nn.MaxPool1d(2)),
        (1, 1, 8),
        Structure.SEMILINEAR,
    ),
    "attention": (Attend, (3, 4), Structure.R_EXP),
    "masked attention": (Masked, (3, 4), Structure.R_EXP),
    "squares": (Squares, (2, 3), Structure.SEMIALGEBRAIC),
    "causal attention": (Causal, (1, 3, 2), Structure.R_EXP),
    "encoder layer": (
        lambda: nn.TransformerEncoderLayer(4, 2, 6, activation="relu", batch_first=True),
        (1, 2, 4),
        Structure.R_EXP,
    ),
    "block": (Block, (1, 3, 4), Structure.R_EXP),
    "cross-entropy": (lambda: Loss(torch.tensor([1, 3])), (2, 3), Structure.R_EXP),
    "soft targets": (lambda: Loss(torch.full((2, 4), 0.25)), (2, 3), Structure.R_EXP),
}


@pytest.mark.parametrize("name", CASES)
def test_the_structure_of_the_expansion(name):
    make, shape, structure = CASES[name]
    verdict = certify(seeded(make, shape=shape))
    assert verdict.status is CERTIFIED
    assert verdict.structure is structure
    assert verdict.is_total
    assert verdict.expressions


@pytest.mark.parametrize("name", CASES)
def test_the_expansion_agrees_with_torch(name):
    make, shape, _ = CASES[name]
    module = seeded(make, shape=shape)
    agrees_with_torch(module, shape)


def agrees_with_torch(module, shape):
    reading = read(module)
    assert isinstance(reading, Reading)
    nodes, roots = nodes_of(reading.expressions)
    dice = random.Random(3)
    flat = [Fraction(dice.randrange(-64, 65), 32) for _ in reading.domain.names]
    at = values(nodes, dict(zip(reading.domain.names, flat, strict=True)))
    point = torch.tensor([float(v) for v in flat], dtype=torch.float64).view(shape)
    expected = module.double()(point).detach().reshape(-1).tolist()
    assert [float(at[k]) for k in roots] == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_batch_norm_in_training_uses_the_batch():
    module = seeded(lambda: nn.BatchNorm1d(2), shape=(3, 2), training=True)
    before = module.num_batches_tracked.clone()
    assert certify(module).structure is Structure.SEMIALGEBRAIC
    agrees_with_torch(module, (3, 2))
    assert before == 0


@pytest.mark.parametrize("name", CASES)
def test_generic_entries_find_a_structure_that_is_no_less(name, monkeypatch):
    monkeypatch.setattr("tamemip.tameness._torch_entries.MAX_NODES", 0)
    make, shape, structure = CASES[name]
    verdict = certify(seeded(make, shape=shape))
    if verdict.status is UNKNOWN:
        assert verdict.obligation is not None
        return
    assert verdict.status is CERTIFIED
    assert structure <= verdict.structure
    assert check(verdict.certificate).definable is not None
    assert verdict.expressions == ()


def test_large_modules_are_read_with_generic_entries():
    layers = nn.Sequential(nn.Linear(300, 200), nn.ReLU(), nn.Linear(200, 10))
    verdict = certify(layers, {"input": (0, 1)})
    assert verdict.structure is Structure.SEMILINEAR
    assert verdict.is_total
    assert "generic" in verdict.subject
    assert certify(layers, varying="parameters").structure is Structure.SEMIALGEBRAIC


def test_a_large_block_is_in_r_exp():
    module = seeded(lambda: Block(64, 4), shape=(2, 3, 64))
    verdict = certify(module, varying="parameters")
    assert verdict.structure is Structure.R_EXP
    assert verdict.is_total


def test_parameters_vary_on_request():
    module = net(nn.ReLU())()
    verdict = certify(module, {"0.weight": (-1, 1), "2.bias_0": (0, 1)}, "parameters")
    assert verdict.structure is Structure.SEMIALGEBRAIC
    assert verdict.domain.interval("0.weight_1_2").is_bounded
    assert not verdict.domain.interval("2.bias_1").is_bounded


class Rounded(nn.Module):
    def forward(self, x):
        return torch.floor(x) - torch.floor(x)


def test_one_generic_operation_refutes_nothing():
    assert certify(Rounded()).status is UNKNOWN
    module = Rounded()
    module.example_input_array = torch.zeros(2)
    assert certify(module).structure is Structure.SEMILINEAR


class Branching(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class Noisy(nn.Module):
    def forward(self, x):
        return x + torch.randn(3)


class Overwriting(nn.Module):
    def forward(self, x):
        y = 2 * x
        return y.relu_() + y


class Cumulative(nn.Module):
    def forward(self, x):
        return torch.cumsum(x, 0)


@pytest.mark.parametrize(
    "module",
    [
        Branching(),
        Noisy(),
        Overwriting(),
        Cumulative(),
        nn.Dropout(),
        nn.LSTM(2, 2),
        nn.Embedding(4, 2),
    ],
    ids=lambda m: type(m).__name__,
)
@pytest.mark.parametrize("shape", [None, (3,)])
def test_what_is_not_read_is_unknown(module, shape):
    if shape is not None:
        module.example_input_array = torch.zeros(shape)
    verdict = certify(module)
    assert verdict.status is UNKNOWN
    assert verdict.obligation.culprits


@pytest.mark.parametrize(
    ("domain", "varying"),
    [("y in [0, 1]", "inputs"), ("input in [1, 0]", "inputs"), (None, "A"), (3, "inputs")],
)
def test_wrong_questions_are_refused(domain, varying):
    with pytest.raises(InvalidInputError):
        certify(net(nn.ReLU())(), domain, varying)


def test_infinite_parameters_are_refused():
    module = nn.Linear(2, 2)
    module.weight.data[0, 0] = torch.nan
    with pytest.raises(InvalidInputError):
        certify(module)


class Or(nn.Module):
    """The sum of booleans is no sum."""

    def forward(self, x):
        return ((x > 0) + (x > 1)).float()


class Steps(nn.Module):
    def forward(self, x):
        return torch.where(x > 0, x, 2 * x) + (x > 1).float()


def test_booleans_are_not_added():
    assert certify(Or()).status is UNKNOWN
    module = seeded(Steps, shape=(3,))
    assert certify(module).structure is Structure.SEMILINEAR
    agrees_with_torch(module, (3,))


class Residual(nn.Module):
    """A sum in place, of a value that nobody else uses."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 3)

    def forward(self, x):
        y = F.relu(self.inner(x), inplace=True)
        y += x
        return y


def test_sums_in_place_are_read():
    module = seeded(Residual, shape=(2, 3))
    assert certify(module).structure is Structure.SEMILINEAR
    agrees_with_torch(module, (2, 3))


@pytest.mark.parametrize("name", CASES)
def test_generic_intervals_hold_all_values(name):
    make, shape, _ = CASES[name]
    module = seeded(make, shape=shape)
    graph, root = trace(module)
    (placeholder,) = [n.target for n in graph.nodes if n.op == "placeholder" and not n.args]
    engine = GenericEngine(reader._Intervals({placeholder: (-1, 2)}).of_tensor)
    inputs = {placeholder: engine.variables(placeholder, shape)}
    (out,) = evaluate(graph, root, engine, inputs, with_parameters=False)
    module = module.double()
    corner = torch.randint(0, 2, (8, *shape)).double() * 3 - 1
    for point in [*corner, *(torch.rand(8, *shape).double() * 3 - 1)]:
        values = module(point).detach()
        assert out.shape == tuple(values.shape)
        assert float(out.interval.low) - 1e-6 <= values.min().item()
        assert values.max().item() <= float(out.interval.high) + 1e-6


class Doubled(nn.BatchNorm1d):
    def forward(self, x):
        return torch.floor(x) + 0 * x


def test_what_users_override_is_not_taken_for_torch():
    assert certify(Doubled(2).eval()).status is UNKNOWN
    module = net(nn.ReLU())()
    module[1].register_forward_hook(lambda *_: torch.zeros(1))
    assert certify(module).status is UNKNOWN


@torch.fx.wrap
def relu(x):
    return torch.floor(x)


class Misnamed(nn.Module):
    def forward(self, x):
        return relu(x)


def test_functions_of_users_are_not_known_by_their_names():
    assert certify(Misnamed()).status is UNKNOWN
