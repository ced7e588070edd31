"""Which claims speak of the same thing: found in what they say of themselves, and listed nowhere. No Keras."""

from suite import registry
from suite.claims import Claim


def related(name: str, claim: Claim) -> tuple[Claim, ...]:
    """The other claims of a reproduction that were made in the same place, or that the same studies decide."""
    return tuple(other for other in registry.claims(name) if other.id != claim.id and _speak_of_one_thing(claim, other))


def _speak_of_one_thing(one: Claim, other: Claim) -> bool:
    place = (one.source, one.locator) == (other.source, other.locator)
    return place or bool(_decided_by(one) & _decided_by(other))


def _decided_by(claim: Claim) -> set[str]:
    """The studies of its direction and size checks."""
    return {check.study for check in claim.each() if check.kind in ("direction", "size")}
