"""A model small enough to be made on the spot (real llama.cpp, gibberish answers), and the one loop of LiteLLM."""

from __future__ import annotations

import asyncio
import os
import secrets
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

WIDTH = 32
MERGES = ["a l", "e r", "i n", "Ġ a", "Ġ t"]  # "Ġ" is how byte-level vocabularies write a space
TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant: "


@pytest.fixture
def without_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key of the machine is used, and no .env of the folder the tests run in is read."""
    for name in [name for name in os.environ if name.endswith("_API_KEY")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of an 80 kB GGUF with random weights, a byte-level vocabulary and a chat template; it never ends."""
    path = tmp_path_factory.mktemp("models") / "tiny.gguf"
    path.write_bytes(_gguf(_metadata(), _tensors()))
    return str(path)


@pytest.fixture(scope="session")
def llama_server(tiny_model: str) -> Iterator[tuple[str, str]]:
    """The address and the key of llama.cpp's own server; it lives until nobody holds it."""
    xllamacpp = pytest.importorskip("xllamacpp")
    key = secrets.token_hex(16)
    options = xllamacpp.CommonParams()
    options.verbosity = -1
    options.model.path = tiny_model
    options.n_parallel = 2
    options.n_ctx = 4096  # half of it for each of two at once
    options.cpuparams.n_threads = options.cpuparams_batch.n_threads = 1
    options.warmup = False
    options.n_threads_http = 2
    options.api_keys = [key]
    server = xllamacpp.Server(options)
    server.handle_metrics()
    yield f"{server.listening_address}/v1", key
    del server


@pytest.fixture(scope="session")
def litellm_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The loop that LiteLLM is used on, closed at the end with what it keeps there; another would leave that behind."""
    from nbdspy.models.litellm_loaded import litellm_package

    litellm = litellm_package()
    loop = asyncio.new_event_loop()
    yield loop
    loop.run_until_complete(litellm.close_litellm_async_clients())
    loop.run_until_complete(loop.shutdown_asyncgens())
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


@pytest.fixture(scope="module")
def loop(litellm_loop: asyncio.AbstractEventLoop) -> Iterator[asyncio.AbstractEventLoop]:
    """That loop as the current one: LiteLLM takes the current loop also for calls that are not awaited."""
    asyncio.set_event_loop(litellm_loop)
    yield litellm_loop
    asyncio.set_event_loop(None)


def _metadata() -> dict[str, Any]:
    tokens = [*_byte_letters(), *(merge.replace(" ", "") for merge in MERGES), "<|end|>"]
    end = len(tokens) - 1
    return {
        "general.architecture": "llama",
        "llama.context_length": 8192,
        "llama.embedding_length": WIDTH,
        "llama.block_count": 1,
        "llama.feed_forward_length": 2 * WIDTH,
        "llama.attention.head_count": 2,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": WIDTH // 2,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [1] * end + [3],  # normal ones, and one control token
        "tokenizer.ggml.merges": MERGES,
        "tokenizer.ggml.eos_token_id": end,
        "tokenizer.ggml.bos_token_id": end,
        "tokenizer.chat_template": TEMPLATE,
    }


def _byte_letters() -> list[str]:
    """The 256 letters that byte-level vocabularies write bytes with."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def _tensors() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)

    def random(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype(np.float32)

    embedding = random(256 + len(MERGES) + 1, WIDTH)
    embedding[-1] = 0  # so that the end is never the likeliest token
    ones = np.ones(WIDTH, np.float32)
    square = {f"blk.0.attn_{name}.weight": random(WIDTH, WIDTH) / 3 for name in ("q", "k", "v", "output")}
    return {
        "token_embd.weight": embedding,
        "output_norm.weight": ones,
        "blk.0.attn_norm.weight": ones,
        **square,
        "blk.0.ffn_norm.weight": ones,
        "blk.0.ffn_gate.weight": random(2 * WIDTH, WIDTH) / 3,
        "blk.0.ffn_up.weight": random(2 * WIDTH, WIDTH) / 3,
        "blk.0.ffn_down.weight": random(WIDTH, 2 * WIDTH) / 3,
    }


def _gguf(metadata: dict[str, Any], tensors: dict[str, np.ndarray]) -> bytes:
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata))
    head += b"".join(_text(key) + _value(value) for key, value in metadata.items())
    data = b""
    for name, tensor in tensors.items():
        sizes = struct.pack(f"<I{tensor.ndim}Q", tensor.ndim, *reversed(tensor.shape))
        head += _text(name) + sizes + struct.pack("<IQ", 0, len(data))
        data += _aligned(tensor.tobytes())
    return _aligned(head) + data


def _value(value: Any) -> bytes:
    kinds = {int: 4, float: 6, str: 8}
    if isinstance(value, list):
        kind = 5 if isinstance(value[0], int) else 8  # llama.cpp reads lists of numbers as signed ones
        return struct.pack("<IIQ", 9, kind, len(value)) + b"".join(map(_plain, value))
    return struct.pack("<I", kinds[type(value)]) + _plain(value)


def _plain(value: Any) -> bytes:
    return _text(value) if isinstance(value, str) else struct.pack("<f" if isinstance(value, float) else "<I", value)


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % 32)
