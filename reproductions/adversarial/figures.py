"""The pictures of adversarial examples: what fools ordinary nets, and what it takes to resist."""

from collections.abc import Mapping, Sequence

from common import panels
from common.panels import Key, Lines, Picture, Points
from common.trials import Trial
from reproductions.adversarial.digits import Digits

ERROR = "error (%)"
HALF = {"bar: 50 %": 50.0}
PATHS = {"l2": "L2", "l1": "L1", "dropout": "dropout", "noise": "input noise"}
TRAINED = {"clean": "clean digits", "noise": "random signs", "fgsm": "FGSM examples"}
NETS = {"mlp": "ReLU 2×512", "mlp_dropout": "with dropout", "cnn": "convolutional"}
RESISTS = ("adv-training-helps-adv", "adv-training-helps-clean")
PENALISED = {
    "fgsm": "adversarial\ntraining", "fgsm_and_kl": "and penalty", "kl_fgsm": "penalty\ninstead",
    "kl_virtual": "virtual\ndirection",
}  # fmt: skip


def _fooled(metric: str) -> Key:
    return "fooled", "mlp", metric


def _trained(metric: str) -> Mapping[str, Mapping[str, Key]]:
    return {
        name: {what: ("perturbed_training", f"{net}_{kind}", metric) for kind, what in TRAINED.items()}
        for net, name in NETS.items()
    }


def _budgets(net: str) -> Lines:
    attacks = {"fgsm": "FGSM", "pgd": "PGD-40"}
    lines = {
        f"{what}: {attack}": ("perturbed_training", f"{net}_{kind}", curve)
        for kind, what in TRAINED.items()
        for curve, attack in attacks.items()
    }
    return Lines(NETS[net], "budget (1 = pixel range)", ERROR, lines, bars={"guessing": 90.0}, times=0.001)


def _penalised(title: str, metric: str) -> Points:
    columns = {what: ("kl_penalty", arm, metric) for arm, what in PENALISED.items()}
    return Points(title, ERROR, {"": columns}, joined="columns")


def _path(title: str, metric: str) -> Lines:
    follow = {name: ("penalties", "paths", f"{path}_{metric}") for path, name in PATHS.items()}
    clean = {name: ("penalties", "paths", f"{path}_error") for path, name in PATHS.items()}
    across = "clean test error (%, log scale)"
    return Lines(title, across, "error under FGSM (%)", follow, against=clean, bars=HALF, scales=("log", "linear"))


FIGURES = {
    "fooled.svg": Picture(
        "What fools an ordinary net",
        ("adv-easily-tricked", "adv-noise-not-random"),
        "ReLU net 2×512, all changes of the size 0.25 of the pixel range, on 10 000 test images.",
        (
            Points("Errors", ERROR, {"": {
                "clean": _fooled("test_error"), "random\nsigns": _fooled("noise_signs_error"),
                "uniform\nnoise": _fooled("noise_uniform_error"),
                "another's\npattern": _fooled("noise_others_pattern_error"),
                "own,\nshuffled": _fooled("noise_shuffled_pattern_error"), "FGSM": _fooled("test_fgsm_250"),
                "FGSM,\ncut": _fooled("test_fgsm_clipped_250"),
            }}, bars=HALF),
            Points("FGSM over random signs", "ratio of the errors (log scale)",
                   {"": {"of one net": _fooled("fgsm_over_signs")}}, bars={"bar: 1": 1.0}, scale="log"),
        ),
    ),
    "strip.svg": Picture(
        "Test digits, what FGSM adds, and the sum", ("adv-easily-tricked",),
        "0.25 up or down; what one ReLU net says to each.", (Digits("Attacked digits", "fooled", "mlp"),),
    ),
    "perturbed_training.svg": Picture(
        "Nets trained on perturbed images", RESISTS,
        "By what they were trained on; a line joins nets that start from the same weights and see the same batches.",
        (
            Points("Under FGSM of 0.25", ERROR, _trained("test_fgsm_250"), joined="columns", bars=HALF),
            Points("Under PGD-40 of 0.05", ERROR, _trained("attacked_pgd_50"), joined="columns"),
            Points("Under PGD-40 of 0.25", ERROR, _trained("attacked_pgd_250"), joined="columns"),
            Points("Clean", "error (%, log scale)", _trained("test_error"), joined="columns", scale="log"),
        ),
    ),
    "budgets.svg": Picture(
        "Errors over the budget of the attack", ("adv-training-helps-adv",),
        "Trained on: attacked by; 500 test images, at a budget of 0 all of them.", tuple(map(_budgets, NETS)),
    ),
    "clean_error.svg": Picture(
        "Clean digits, after training on FGSM examples", ("adv-training-helps-clean",),
        "ReLU nets 2×1024 with dropout, on 60 000 images; a line joins those of the same first weights and batches.",
        (
            Points("By what they were trained on", "error on clean test images (%)", {"": {
                "clean digits": ("clean_error", "pair", "clean_error"),
                "and FGSM": ("clean_error", "pair", "fgsm_error"),
                "and random signs": ("clean_error", "pair", "noise_error"),
            }}, joined="columns"),
            Points("What FGSM examples add", "points", {"": {"of one seed": ("clean_error", "pair", "error_change")}},
                   bars={"bar: 0": 0.0}),
        ),
    ),
    "defences.svg": Picture(
        "What was said to resist", ("adv-ensembles-fail",),
        "FGSM of 0.25 through the whole system, and through one member or the central view, on 10 000 test images.",
        (
            Points("Defences", ERROR, {
                name: {what: ("defences", arm, metric) for arm, what in (
                    ("single", "single"), ("ensemble", "ensemble of 12"), ("saccades", "nine views"),
                    ("pretrained", "pre-trained"), ("trained_on_fgsm", "trained on FGSM"))}
                for metric, name in (("test_error", "clean"), ("test_fgsm_250", "FGSM"),
                                     ("through_part_error", "FGSM through a part"))
            }, bars=HALF),
        ),
    ),
    "penalties.svg": Picture(
        "Regularised until it resists", ("adv-regularisation-ruins",),
        "ReLU net 2×512; a path leads from no regularisation to much of it. Robust and knowing is lower left.",
        (
            Points("FGSM of 0.25, without and with the heaviest", ERROR, {
                name: {"without": ("penalties", "paths", "none_fgsm"),
                       "heaviest": ("penalties", "paths", f"{path}_heavy_fgsm")}
                for path, name in PATHS.items()
            }, joined="columns"),
            Points("Least error of nets that know digits", "error under FGSM of 0.25 (%)", {
                "": {name: ("penalties", "paths", f"{path}_least_fgsm") for path, name in PATHS.items()},
            }, bars=HALF),
            _path("Paths, FGSM of 0.25", "fgsm"),
            _path("Paths, FGSM of 0.1", "fgsm_at_0.1"),
        ),
    ),
    "kl_penalty.svg": Picture(
        "A penalty on how far the prediction moves", ("adv-kl-penalty",),
        "ReLU net 2×512; a line joins nets that start from the same weights and see the same batches.",
        (_penalised("Clean test images", "test_error"), _penalised("Under PGD-40 of 0.05", "attacked_pgd_50"),
         _penalised("Under FGSM of 0.25", "test_fgsm_250"), _penalised("Under PGD-40 of 0.25", "attacked_pgd_250")),
    ),
}  # fmt: skip


def draw(trials: Sequence[Trial], curves: panels.Curves) -> Mapping[str, str]:
    """File name to SVG text, for what is on record."""
    return panels.draw(FIGURES, trials, curves)
