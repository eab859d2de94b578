"""Torch's modules that are read as a whole: their own code branches, or writes to buffers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from tamemip.tameness._torch_layers import attention, batch_norm, layer_norm
from tamemip.tameness._torch_normalization import instance_norm
from tamemip.tameness._torch_operations import OPERATIONS
from tamemip.tameness._torch_recurrent import embedding, recurrent_cell
from tamemip.tameness._torch_unsupported import UnsupportedOperationError

nn = torch.nn

Parameters = Callable[[str], Any]
"""From the name of a parameter or buffer of the module to its tensor, or None."""

LEAVES: tuple[type, ...] = (
    nn.modules.batchnorm._BatchNorm,
    nn.modules.instancenorm._InstanceNorm,
    nn.TransformerEncoder,
    nn.MultiheadAttention,
    nn.TransformerEncoderLayer,
    nn.TransformerDecoderLayer,
    nn.RNNBase,
    nn.RNNCellBase,
    nn.Embedding,
    nn.EmbeddingBag,
)
"""Not traced; those that `apply_module` does not know make the verdict unknown."""


def is_leaf(module: Any) -> bool:
    """Whether a module is read as a whole; a subclass with its own forward pass is traced."""
    return isinstance(module, LEAVES) and type(module).__module__.startswith("torch.nn.modules")


def refuse_hooks(module: Any) -> None:
    """A hook may change what a module computes, and a trace does not meet it."""
    for part in module.modules():
        if part._forward_hooks or part._forward_pre_hooks:
            raise UnsupportedOperationError(
                f"a forward hook of {type(part).__name__}", "write it into `forward`"
            )


def apply_module(engine: Any, module: Any, of: Parameters, args: Any, options: Any) -> Any:
    """The value of a module that is a leaf of the trace."""
    if isinstance(module, nn.modules.instancenorm._InstanceNorm):
        return instance_norm(engine, module, of, *args, **options)
    if isinstance(module, nn.modules.batchnorm._BatchNorm):
        return _batch_norm(engine, module, of, *args, **options)
    if isinstance(module, nn.MultiheadAttention):
        return _multihead(engine, module, of, *args, **options)
    if isinstance(module, nn.TransformerEncoderLayer):
        return _encoder_layer(engine, module, of, *args, **options)
    if isinstance(module, nn.TransformerEncoder):
        return _encoder(engine, module, of, *args, **options)
    if isinstance(module, nn.RNNCell | nn.LSTMCell | nn.GRUCell):
        return recurrent_cell(engine, module, of, *args, **options)
    if isinstance(module, nn.Embedding):
        return embedding(engine, module, of, *args, **options)
    raise UnsupportedOperationError(type(module).__name__)


def _batch_norm(engine: Any, module: Any, of: Parameters, x: Any) -> Any:
    uses_batch = module.training or not module.track_running_stats
    return batch_norm(
        engine,
        x,
        None if uses_batch else of("running_mean"),
        None if uses_batch else of("running_var"),
        of("weight"),
        of("bias"),
        training=uses_batch,
        eps=module.eps,
    )


def _multihead(  # noqa: PLR0917 - torch's own signature
    engine: Any,
    module: Any,
    of: Parameters,
    query: Any,
    key: Any,
    value: Any,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    **options: Any,
) -> tuple[Any, None]:
    """The output; the weights of the attention are none."""
    usual = {"average_attn_weights", "is_causal"}
    for name, given in options.items():
        if name not in usual and given is not None:
            raise UnsupportedOperationError(f"MultiheadAttention with {name}")
    if options.get("is_causal") and attn_mask is None:
        raise UnsupportedOperationError("MultiheadAttention with is_causal and no attn_mask")
    if module.bias_k is not None or module.add_zero_attn or not module._qkv_same_embed_dim:
        raise UnsupportedOperationError("MultiheadAttention with bias_k, add_zero_attn or kdim")
    if module.dropout and module.training:
        raise UnsupportedOperationError("attention with dropout, which is random", "call `eval()`")
    width, heads = module.embed_dim, module.num_heads
    weight, bias = of("in_proj_weight"), of("in_proj_bias")
    first = {False: lambda t: t.transpose(0, 1) if t.dim() == 3 else t, True: lambda t: t}

    def projected(x: Any, i: int) -> Any:
        rows = slice(i * width, (i + 1) * width)
        w = engine.moved(lambda t: t[rows], weight)
        b = None if bias is None else engine.moved(lambda t: t[rows], bias)
        y = engine.linear(engine.moved(first[module.batch_first], x), w, b)
        return engine.moved(
            lambda t: t.reshape(*t.shape[:-1], heads, width // heads).transpose(-2, -3), y
        )

    q, k, v = (projected(x, i) for i, x in enumerate((query, key, value)))
    masks = _kept(engine, attn_mask, key_padding_mask)
    mixed = attention(engine, q, k, v, masks, width=width // heads)
    mixed = engine.moved(lambda t: t.transpose(-2, -3).flatten(-2), mixed)
    out = engine.linear(mixed, of("out_proj.weight"), of("out_proj.bias"))
    return engine.moved(first[module.batch_first], out), None


def _kept(engine: Any, mask: Any, padding: Any) -> Any:
    """One mask of what is kept: here, unlike there, True says what is excluded."""
    if padding is None:
        return engine.constant(~_excluded(engine, mask)) if _is_boolean(mask) else mask
    if not _is_boolean(padding) or not (mask is None or _is_boolean(mask)):
        raise UnsupportedOperationError("a padding mask of numbers", "use one of booleans")
    excluded = _excluded(engine, padding)
    if excluded.dim() != 2:
        raise UnsupportedOperationError("a padding mask without a batch")
    excluded = excluded[:, None, None, :]
    if mask is not None:
        other = _excluded(engine, mask)
        if other.dim() != 2:
            raise UnsupportedOperationError("a mask for each head beside a padding mask")
        excluded = excluded | other
    return engine.constant(~excluded)


def _is_boolean(mask: Any) -> bool:
    return mask is not None and bool(mask.is_boolean)


def _excluded(engine: Any, mask: Any) -> Any:
    known = engine.numbers(mask)
    if known is None:
        raise UnsupportedOperationError("a boolean mask that varies", "fix it as a buffer")
    return known != 0


def _encoder(
    engine: Any,
    module: Any,
    of: Parameters,
    x: Any,
    mask: Any = None,
    src_key_padding_mask: Any = None,
    is_causal: Any = None,
) -> Any:
    """Layer after layer, and a norm."""
    if is_causal and mask is None:
        raise UnsupportedOperationError("TransformerEncoder with is_causal and no mask")
    for k, layer in enumerate(module.layers):
        if type(layer) is not nn.TransformerEncoderLayer:
            raise UnsupportedOperationError("TransformerEncoder with layers of another type")
        inner = lambda name, k=k: of(f"layers.{k}.{name}")  # noqa: E731
        x = _encoder_layer(engine, layer, inner, x, mask, src_key_padding_mask)
    if module.norm is None:
        return x
    if type(module.norm) is not nn.LayerNorm:
        raise UnsupportedOperationError("TransformerEncoder with a norm of another type")
    m = module.norm
    return layer_norm(engine, x, m.normalized_shape, of("norm.weight"), of("norm.bias"), m.eps)


def _encoder_layer(
    engine: Any,
    module: Any,
    of: Parameters,
    x: Any,
    src_mask: Any = None,
    src_key_padding_mask: Any = None,
    **options: Any,
) -> Any:
    """Attention and two linear maps, each added to what enters it, with layer norms."""
    if options.get("is_causal") and src_mask is None:
        raise UnsupportedOperationError("TransformerEncoderLayer with is_causal and no mask")
    if module.training and any(p.p for p in (module.dropout, module.dropout1, module.dropout2)):
        raise UnsupportedOperationError("dropout in training, which is random", "call `eval()`")
    functional = torch.nn.functional
    known = {functional.relu: "relu", functional.gelu: "gelu", torch.relu: "relu"}
    if module.activation not in known:
        raise UnsupportedOperationError(f"the activation {module.activation}", "use relu or gelu")
    activation = OPERATIONS[known[module.activation]]
    parts = (module.norm1, module.norm2, module.linear1, module.linear2, module.self_attn)
    usual = (nn.LayerNorm, nn.LayerNorm, nn.Linear, nn.Linear, nn.MultiheadAttention)
    if tuple(map(type, parts)) != usual:
        raise UnsupportedOperationError("TransformerEncoderLayer with replaced parts")

    def norm(i: int, t: Any) -> Any:
        m = getattr(module, f"norm{i}")
        w, b = of(f"norm{i}.weight"), of(f"norm{i}.bias")
        return layer_norm(engine, t, m.normalized_shape, w, b, m.eps)

    def attend(t: Any) -> Any:
        inner = lambda name: of(f"self_attn.{name}")  # noqa: E731
        masks = {"attn_mask": src_mask, "key_padding_mask": src_key_padding_mask}
        return _multihead(engine, module.self_attn, inner, t, t, t, **masks)[0]

    def feed(t: Any) -> Any:
        hidden = engine.linear(t, of("linear1.weight"), of("linear1.bias"))
        hidden = activation(engine, hidden)
        return engine.linear(hidden, of("linear2.weight"), of("linear2.bias"))

    add = OPERATIONS["add"]
    if module.norm_first:
        x = add(engine, x, attend(norm(1, x)))
        return add(engine, x, feed(norm(2, x)))
    x = norm(1, add(engine, x, attend(x)))
    return norm(2, add(engine, x, feed(x)))
