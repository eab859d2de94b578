"""More layers of torch: known structures, values against torch, generic intervals."""

from __future__ import annotations

from fractions import Fraction

import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

from tamemip.certificates import Structure  # noqa: E402
from tamemip.tameness import CERTIFIED, UNKNOWN, certify, nodes_of  # noqa: E402
from tamemip.tameness import _torch_reader as reader  # noqa: E402
from tamemip.tameness._torch_generic import GenericEngine  # noqa: E402
from tamemip.tameness._torch_tracing import evaluate, trace  # noqa: E402
from tests.tameness.evaluation import values  # noqa: E402
from tests.tameness.test_torch_reader import agrees_with_torch, seeded  # noqa: E402

pytestmark = pytest.mark.extras

nn = torch.nn
F = nn.functional
LINEAR, ALGEBRAIC, R_EXP = Structure.SEMILINEAR, Structure.SEMIALGEBRAIC, Structure.R_EXP


class Function(nn.Module):
    """A forward pass with one mask."""

    def __init__(self, f):
        super().__init__()
        self.f = f
        self.register_buffer("mask", torch.tensor([[True, False], [True, True]]))

    def forward(self, x):
        return self.f(x, self.mask)


def of(f):
    return lambda: Function(f)


class Step(nn.Module):
    """Two steps of a recurrent cell."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x):
        return self.cell(2 * x, self.cell(x))


class LongStep(Step):
    def forward(self, x):
        hidden, cell = self.cell(2 * x, self.cell(x))
        return hidden + cell


class Padded(nn.Module):
    """Attention that leaves out the last of two keys of the first sample."""

    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(2, 1, 2, batch_first=True)
        self.register_buffer("gone", torch.tensor([[False, True], [False, False]]))
        self.register_buffer("later", torch.tensor([[False, True], [False, False]]))

    def forward(self, x):
        return self.layer(x, src_mask=self.later, src_key_padding_mask=self.gone)


class Rows(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(3, 2)

    def forward(self, x):
        return self.table(torch.tensor([2, 0])) * x


def encoder():
    layer = nn.TransformerEncoderLayer(2, 1, 2, batch_first=True)
    return nn.TransformerEncoder(layer, 1, norm=nn.LayerNorm(2), enable_nested_tensor=False)


def loss(name, **options):
    target = torch.tensor([0.25, 1.0])
    return of(lambda x, _: getattr(F, name)(x, target, **options))


#: Module, shape, the least structure.
CASES = {
    "conv, same": (lambda: nn.Conv2d(2, 2, 3, padding="same"), (1, 2, 3, 3), LINEAR),
    "conv, same, even": (
        lambda: nn.Conv2d(1, 2, (2, 4), padding="same", dilation=(2, 1)), (1, 1, 3, 4), LINEAR,
    ),
    "conv, valid": (lambda: nn.Conv2d(1, 1, 2, padding="valid"), (1, 1, 3, 3), LINEAR),
    "row, same": (lambda: nn.Conv1d(1, 2, 4, padding="same"), (1, 1, 5), LINEAR),
    "conv, reflect": (
        lambda: nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"), (1, 1, 3, 3), LINEAR,
    ),
    "row, circular": (
        lambda: nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular"), (1, 1, 4), LINEAR,
    ),
    "transposed": (
        lambda: nn.ConvTranspose2d(2, 4, (2, 3), stride=(2, 1), padding=(0, 1), groups=2,
                                   output_padding=(1, 0), dilation=(1, 2)),
        (1, 2, 2, 3), LINEAR,
    ),
    "transposed, cut": (lambda: nn.ConvTranspose2d(1, 1, 2, padding=2), (1, 1, 5, 5), LINEAR),
    "transposed row": (lambda: nn.ConvTranspose1d(2, 1, 3, stride=3), (2, 2, 2), LINEAR),
    "group norm": (lambda: nn.GroupNorm(2, 4), (1, 4, 2), ALGEBRAIC),
    "instance norm": (lambda: nn.InstanceNorm2d(2), (1, 2, 2, 2), ALGEBRAIC),
    "instance norm, no batch": (lambda: nn.InstanceNorm1d(2, affine=True), (2, 3), ALGEBRAIC),
    "instance norm, running": (
        lambda: nn.InstanceNorm1d(2, affine=True, track_running_stats=True), (1, 2, 3), LINEAR,
    ),
    "rms norm": (lambda: nn.RMSNorm(3, eps=1e-3), (2, 3), ALGEBRAIC),
    "std": (of(lambda x, _: x.std(-1)), (2, 3), ALGEBRAIC),
    "norms": (of(lambda x, _: x.norm(dim=-1) + torch.linalg.vector_norm(x, 1)), (2, 3), ALGEBRAIC),
    "normalize": (of(lambda x, _: F.normalize(x, dim=-1)), (2, 3), ALGEBRAIC),
    "cosine": (of(lambda x, _: F.cosine_similarity(x, x + 1, dim=-1)), (2, 3), ALGEBRAIC),
    "rnn": (lambda: Step(nn.RNNCell(2, 2)), (1, 2), R_EXP),
    "rnn, relu": (lambda: Step(nn.RNNCell(2, 2, nonlinearity="relu")), (1, 2), LINEAR),
    "lstm": (lambda: LongStep(nn.LSTMCell(2, 2)), (1, 2), R_EXP),
    "gru": (lambda: Step(nn.GRUCell(2, 2, bias=False)), (1, 2), R_EXP),
    "encoder": (encoder, (1, 2, 2), R_EXP),
    "padding mask": (Padded, (2, 2, 2), R_EXP),
    "boolean attention": (
        of(lambda x, m: F.scaled_dot_product_attention(x, x + 1, x, attn_mask=m)), (1, 2, 2), R_EXP,
    ),
    "rows of a table": (Rows, (2, 2), LINEAR),
    "logic": (
        of(lambda x, _: torch.where((x > 0) & ~(x > 1) | (x == -1), x, 2 * x)), (3,), LINEAR,
    ),
    "mask": (of(lambda x, m: torch.where(m, x, -x) + x.masked_fill(~m, 2.0)), (2, 2), LINEAR),
    "inverse": (of(lambda x, _: torch.where(x != 0, 3 / (x * (x != 0) + (x == 0).float()), 0.0)),
                (3,), ALGEBRAIC),
    "celu": (lambda: nn.CELU(1.5), (3,), R_EXP),
    "selu": (nn.SELU, (3,), R_EXP),
    "prelu": (lambda: nn.PReLU(2), (1, 2, 2), LINEAR),
    "rrelu": (nn.RReLU, (3,), LINEAR),
    "glu": (nn.GLU, (4,), R_EXP),
    "shrinking": (lambda: nn.Sequential(nn.Softshrink(), nn.Hardshrink()), (6,), LINEAR),
    "tanhshrink": (nn.Tanhshrink, (3,), R_EXP),
    "threshold": (lambda: nn.Threshold(0.5, -1.0), (6,), LINEAR),
    "softmin": (lambda: nn.Softmin(-1), (3,), R_EXP),
    "powers of two": (of(lambda x, _: 2**x), (3,), R_EXP),
    "extrema": (of(lambda x, _: x.max(-1).values - x.min(-1).values + x.amin()), (2, 3), LINEAR),
    "greatest": (of(lambda x, _: F.one_hot(x.argmax(-1), 3) * x), (2, 3), LINEAR),
    "clamped": (of(lambda x, _: torch.clamp(x, min=x - 1, max=2 - x)), (3,), LINEAR),
    "step": (of(lambda x, _: torch.heaviside(x, 0 * x + 0.5)), (3,), LINEAR),
    "product": (of(lambda x, _: torch.addmm(x, x, x, beta=2, alpha=3)), (2, 2), ALGEBRAIC),
    "nearest": (lambda: nn.Upsample(scale_factor=2), (1, 1, 2, 2), LINEAR),
    "shuffle": (lambda: nn.PixelShuffle(2), (1, 4, 1, 2), LINEAR),
    "global maximum": (lambda: nn.AdaptiveMaxPool2d(1), (1, 2, 2, 2), LINEAR),
    "logits": (loss("binary_cross_entropy_with_logits"), (2,), R_EXP),
    "huber": (loss("huber_loss", delta=0.5), (2,), ALGEBRAIC),
    "smooth l1": (loss("smooth_l1_loss", beta=0.25), (2,), ALGEBRAIC),
    "smoothing": (
        of(lambda x, _: F.cross_entropy(x, torch.tensor([2, 0]), label_smoothing=0.25)),
        (2, 3), R_EXP,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_expansion_has_its_structure_and_torch_s_values(name):
    make, shape, structure = CASES[name]
    module = seeded(make, shape=shape)
    verdict = certify(module)
    assert verdict.status is CERTIFIED
    assert verdict.structure is structure
    assert verdict.expressions
    agrees_with_torch(module, shape)


@pytest.mark.parametrize("name", CASES)
def test_generic_entries_hold_all_values(name):
    make, shape, _ = CASES[name]
    module = seeded(make, shape=shape)
    graph, root = trace(module)
    (place,) = [n.target for n in graph.nodes if n.op == "placeholder" and not n.args]
    engine = GenericEngine(reader._Intervals({place: (-1, 2)}).of_tensor)
    inputs = {place: engine.variables(place, shape)}
    (out,) = evaluate(graph, root, engine, inputs, with_parameters=False)
    module = module.double()
    corner = torch.randint(0, 2, (8, *shape)).double() * 3 - 1
    for point in [*corner, *(torch.rand(8, *shape).double() * 3 - 1)]:
        found = module(point).detach()
        assert out.shape == tuple(found.shape)
        assert float(out.interval.low) - 1e-6 <= found.min().item()
        assert found.max().item() <= float(out.interval.high) + 1e-6


ROUNDINGS = {
    "round": lambda x, _: torch.round(x),
    "trunc": lambda x, _: torch.trunc(x),
    "frac": lambda x, _: torch.frac(x),
    "remainder": lambda x, _: x % 0.75,
    "floor division": lambda x, _: x // -0.5,
}


@pytest.mark.parametrize("name", ROUNDINGS)
def test_roundings_agree_with_torch_on_their_jumps(name):
    module = seeded(of(ROUNDINGS[name]), shape=(17,))
    assert certify(module, {"x": (-2, 2)}).structure is LINEAR
    reading = reader.read(module)
    nodes, roots = nodes_of(reading.expressions)
    grid = [Fraction(k, 4) for k in range(-8, 9)]
    at = values(nodes, dict(zip(reading.domain.names, grid, strict=True)))
    expected = module(torch.tensor([float(t) for t in grid], dtype=torch.float64)).tolist()
    assert [float(at[k]) for k in roots] == expected


@pytest.mark.parametrize(
    "f",
    [
        lambda x, _: F.scaled_dot_product_attention(x, x, x, attn_mask=x > 0),
        lambda x, _: (x & x) * 1.0,
        lambda x, _: F.interpolate(x[None, None], scale_factor=2, mode="bilinear"),
        lambda x, _: x.argmax() + x,
        lambda x, _: x % x,
        lambda x, _: x**x,
        lambda x, _: x.norm(p=3),
        lambda x, _: F.rrelu(x, training=True),
    ],
)
def test_what_is_no_function_that_is_read_is_unknown(f):
    assert certify(seeded(of(f), shape=(2, 2))).status is UNKNOWN


class TwicePadded(nn.Module):
    """Undefined at the first padding, which is 0; the other one is 3/2."""

    def forward(self, x):
        return 1 / F.pad(x, (1, 0)) + F.pad(x, (1, 0), value=1.5)


def test_two_paddings_of_one_tensor_are_two_tensors():
    assert not certify(TwicePadded(), {"x": (1, 2)}).is_total
