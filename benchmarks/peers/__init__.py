"""The ways to train that are compared, each a program: one JSON order on standard input, one JSON result as last line.

A peer runs in a process of its own, so that neither its imports, its threads nor its memory touch another's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Peer:
    name: str
    module: str
    says: str  # for the page
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: str = "jax"  # a package that may be missing
    whole: bool = False  # trains every seed asked for; the others train a few and are extrapolated
    cold: bool = False  # starts with an empty cache of compiled programs
    edition_1: bool = False  # the same program with the engine of edition 1


def _fit(backend: str) -> Peer:
    says = f"Keras on {backend}: build, compile and `fit` for every seed"
    return Peer(f"keras_fit_{backend}", "keras_fit", says, {"KERAS_BACKEND": backend}, backend)


JAX = {"KERAS_BACKEND": "jax"}
TENSORFLOW = {"KERAS_BACKEND": "tensorflow"}
OURS = "ours"
COLD = "ours_cold"
RAY = "ours_ray"
BEFORE = "edition_1"
PEERS: Mapping[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer(OURS, "ours", "this suite's engine, one pinned worker a core, warm compilation cache", JAX, whole=True),
        Peer(COLD, "ours", "the same with an empty compilation cache", JAX, whole=True, cold=True),
        Peer(RAY, "ours_ray", "the same in workers of Ray on this machine, warm cache", JAX, "ray", whole=True),
        Peer(
            BEFORE,
            "ours",
            "the engine as edition 1 left it, warm cache",
            JAX,
            "a clone with its history",
            True,
            edition_1=True,
        ),
        Peer("handwritten_jax", "handwritten_jax", "`lax.scan` by hand, in workers like ours", JAX, whole=True),
        _fit("tensorflow"),
        _fit("jax"),
        _fit("torch"),
        Peer(
            "keras_fit_tuned",
            "keras_fit_tuned",
            "Keras on tensorflow: compiled once, re-seeded, `steps_per_execution=50`",
            TENSORFLOW,
            "tensorflow",
        ),
        Peer("plain_torch", "plain_torch", "a PyTorch loop by hand, default threads", needs="torch"),
        Peer(
            "stacked_torch", "stacked_torch", "all seeds as one stack by `torch.func`, default threads", needs="torch"
        ),
        Peer("turbanet", "turbanet_swarm", "a swarm of TurbaNet (Flax), default threads", JAX, "turbanet"),
    )
}
