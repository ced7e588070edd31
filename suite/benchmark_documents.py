"""What `benchmarks.json` holds, as types. No Keras."""

from suite.documents import Amount, Count, Date, Document, Left, Positive


class Ratio(Document):
    """How many times longer a peer took than the engine, with a 95 % interval; times in seconds."""

    ratio: Positive | None
    low: float | None
    high: float | None
    ours_seconds: float | None
    peer_seconds: float | None


class Machine(Document):
    cpu: str
    cores_usable: Count
    threads: str
    memory_gigabytes: Positive
    accelerator: str
    system: str
    python: str
    packages: dict[str, str]
    load_before: Amount
    load_after: Amount | None


class Timing(Ratio):
    workload: str
    peer: str
    steps: Count
    rounds: Count
    seeds: Count
    seeds_trained: Count
    memory_megabytes: Positive
    worker_megabytes: Positive | None = None
    measure: str
    extrapolated: bool
    date: Date


class Command(Ratio):
    command: str
    rounds: Count


class PeakShare(Document):
    """How much of the machine's fastest matrix product a peer reaches."""

    workload: str
    peer: str
    gigaflops: Positive
    peak_gigaflops: Positive
    share: Positive


class Scaling(Document):
    seeds: Count
    steps: Count
    rounds: Count
    seconds: Positive
    marginal_seconds: float | None
    memory_megabytes: Positive


class Load(Document):
    what: str
    trials: Count
    fsyncs_a_second: Positive | None
    seconds: Amount
    cpu_seconds: Amount
    memory_megabytes: Positive
    died: Count | Left = None
    machine: str
    date: Date


class Benchmarks(Document):
    """What `python -m benchmarks` measured on one machine; each row of `load` names its own."""

    date: Date
    short: bool
    machine: Machine
    rows: list[Timing]
    shares: list[PeakShare]
    scaling: list[Scaling]
    commands: list[Command]
    load: list[Load]
