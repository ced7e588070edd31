"""What `--help` says beside the options: examples of each command, and the variables that the suite reads."""

VARIABLES = {
    "REPRO_HOME": "folder for all that is kept between runs: journal, programs, decoded data; default: .repro here",
    "REPRO_RESULTS": "folder of the record that is read, judged and written; default: results here",
    "REPRO_CACHE": "folder for decoded data alone; default: data in REPRO_HOME",
    "REPRO_DATASET": "digits: take the 8x8 digits in place of MNIST, without a warning",
    "TFDS_DATA_DIR": "folder of prepared data sets, to which `repro data fetch` downloads; "
    "default: ~/tensorflow_datasets",
    "MR_DATA_DIR": "folder with the two files of sentence polarity, which are optional",
    "KERAS_BACKEND": "jax, tensorflow or torch; default: jax, or what keras.json names",
    "JAX_PLATFORMS": "cpu, cuda or tpu: where JAX trains; default: an accelerator, if it finds one",
}
"""Each variable that changes what a command does, and what it means."""

AUDIT = """Trains recorded trials again on this machine and compares. On the same kind of machine (processor, packages,
accelerator, backend) every number must be equal; on another, after at most 300 steps, within 10%. Where numbers may
part, after more steps or on another backend, a two-sample test compares the seeds of an arm here with those on record:
give it some, as --sample 12 --arm ARM. Exit code 1: the record does not come out again; 3: too few seeds to tell."""

EXAMPLES = {
    "list": ("repro list", "repro list parity --json"),
    "verdicts": ("repro verdicts parity", "repro verdicts dropout-helps --json"),
    "table": ("repro table > table.md", "repro table parity --csv"),
    "plan": (
        "repro plan parity --tier full",
        "repro plan parity-frontier --tier full --probe",
        "repro plan parity --tier full --fresh",
        "repro plan --tier full --workers 16 --nodes 8",
    ),
    "run": (
        "repro run",
        "repro run parity --max-time 10",
        "repro run dropout-helps --tier full --workers 2",
        "repro run --tier full --executor ray --address 10.0.0.1:6379",
    ),
    "status": ("repro status parity --tier full",),
    "data": ("repro data fetch", "TFDS_DATA_DIR=/data/tfds repro data check"),
    "explain": ("repro explain parity-31-possible",),
    "history": ("repro history parity-31-possible",),
    "cite": ("repro cite parity-31-possible", "repro cite parity-31-possible --format bibtex"),
    "audit": (
        "repro audit parity-31-possible --seed 1003",
        "repro audit --sample 5 --report audit.md",
        "repro audit dropout-helps --backend tensorflow --sample 12 --report audit.json",
    ),
    "controls": ("repro controls parity", "repro controls --all --workers 2"),
    "trials": ("repro trials parity-31-possible", "repro trials parity-31-possible --csv > trials.csv"),
    "pilots": ("repro pilots parity-31-possible --csv > pilots.csv",),
    "compare": ("repro compare results elsewhere/results",),
    "doctor": ("repro doctor",),
    "completion": (
        'eval "$(repro completion bash)"    # in ~/.bashrc',
        'eval "$(repro completion zsh)"     # in ~/.zshrc, after compinit',
    ),
    "verify": ("repro verify",),
    "export": ("repro export", "repro export --rocrate evidence.zip", "repro export --latex parity-31-possible"),
    "adopt": ("repro adopt ../other/results parity sorting",),
    "page": ("repro page",),
    "costs": ("repro costs",),
    "lesson": ("repro lesson", "repro lesson parity", "repro lesson parity --html parity.html"),
    "new": (
        "repro new claim parity/parity-12-easy",
        "repro new reproduction majority/majority-of-nine",
        "repro new left",
    ),
}
"""Command lines that do something useful as they stand."""

FIRST_STEPS = (
    "repro list                        # what is claimed, and what came out",
    "repro explain parity-31-possible  # one claim in plain words",
    "repro run parity                  # train it at a small scale, some minutes",
    "repro doctor                      # what is missing on this machine",
)
CODES = "exit codes: 0 as recorded, 1 something differs, 2 usage or data, 3 nothing decided, 130 interrupted"


def examples(command: str) -> str:
    """The end of a command's help."""
    return "\n".join(("examples:", *(f"  {line}" for line in EXAMPLES[command]))) if command in EXAMPLES else ""


def overview() -> str:
    """The end of `repro --help`."""
    width = max(map(len, VARIABLES))
    variables = (f"  {name:<{width}}  {meaning}" for name, meaning in VARIABLES.items())
    return "\n".join(("first steps:", *(f"  {line}" for line in FIRST_STEPS), "", "variables:", *variables, "", CODES))
