"""What is claimed about what nets and kernel machines can express, and what decides it. Literals only."""

from typing import Any

from suite.claims import Claim, Listed, Published, Quick, control, direction, scope, size
from suite.questions import both, falls, less, more, passes

POST: dict[str, Any] = {"source": "sutskever2015overview", "locator": "on shallow nets and kernel machines"}
SLIDES: dict[str, Any] = {"source": "vitria2016intro", "locator": "slides, on depth and width"}
NO_NUMBER = Published("no number given", "none found")

# fmt: off
CLAIMS: tuple[Claim, ...] = (  # a table: a line a check
Claim(
    id="memorise-one-unit-per-case", **POST, dataset="synthetic", published=NO_NUMBER,
    statement="With a unit for every conceivable case, which fires for it alone, a shallow net can learn and represent any function.",
    quotation="if we have a neuron for every conceivable training case",
    checks=(  # all Boolean functions of 1 to 3 bits, random ones of 4 to 12; trained: random functions of 10
        direction("lookup-net-exact", "nets of 2^n detectors have every function right on every string", "lookup", passes("cube", "errors", "==", 0), "exact"),
        direction("output-layer-learns-all-cases", "training its output layer learns all of 1024 cases", "memorised", passes("detectors", "cases_right", ">=", 1), most=240),
        control("one-fires", "for each string one detector fires", "lookup", passes("cube", "misfires", "==", 0), "exact", guards=("lookup-net-exact",)),
        control("one-fewer-misses", "with one detector fewer some function is missed, whichever it is", "lookup",
                passes("cube", "missed_without_one", ">", 0), "exact", guards=("lookup-net-exact",)),
        control("half-do-not-learn", "with half of the detectors the output layer does not learn all cases", "memorised",
                passes("half_of_them", "cases_right", "<", 1), most=240, guards=("output-layer-learns-all-cases",)),
        scope("slope-0.8-1.2", "parameters of trained nets grow as cases of random labels do, by a power of 0.8 to 1.2", "random_labels",
              both(passes("units", "slope", ">=", 0.8), passes("units", "slope", "<=", 1.2)), most=240),
        scope("fewer-units-than-cases", "of 256 random labels a trained net takes half as many units at most", "random_labels",
              passes("units", "width_8", "<=", 128), most=240),
    ),
    quick=(Quick("exact", "lookup", "cube", "errors", "==", 0, seeds=1), Quick("learned", "memorised", "detectors", "cases_right", ">=", 0.99)),
),
Claim(
    id="svm-support-vector-per-case", **POST, dataset="mnist", published=NO_NUMBER,
    statement="For very hard problems a kernel machine has a support vector for almost every possible training case.",
    quotation="we’d have a support vector for almost every possible training case for very hard problems",
    checks=(  # half of all strings of 10 bits, labelled by parity, by coins, or by the side of a plane
        direction("sv-share-hard-above-easy", "of both more cases are vectors", "support_vectors", both(more("share", "parity", than="plane"), more("share", "coins", than="plane")), most=240),
        size("sv-share-hard-at-least-0.9", "nine in ten of each are", "support_vectors", both(passes("parity", "share", ">=", 0.9), passes("coins", "share", ">=", 0.9)), most=240),
        control("easy-learned", "the plane is learned: nine in ten unseen strings are told", "support_vectors",
                passes("plane", "test_accuracy", ">=", 0.9), most=240, guards=("sv-share-hard-above-easy",)),
        control("hard-fitted", "parity and coins are fitted: no training case is wrong", "support_vectors",
                both(passes("parity", "seen_accuracy", ">=", 1), passes("coins", "seen_accuracy", ">=", 1)), most=240,
                guards=("sv-share-hard-above-easy", "sv-share-hard-at-least-0.9")),
        scope("share-0.95", "0.95 of the cases of each are", "support_vectors",
              both(passes("parity", "share", ">=", 0.95), passes("coins", "share", ">=", 0.95)), most=240),
        scope("whole-grid-0.9", "so are nine in ten of parity, whatever machine of the grid fits", "support_vectors",
              passes("parity", "least_share", ">=", 0.9), most=240),
        scope("easy-at-most-0.2", "of the plane a fifth at most is", "support_vectors", passes("plane", "share", "<=", 0.2), most=240),
        scope("images-at-most-0.2", "so it is of threes and sevens", "image_vectors", passes("threes_sevens", "share", "<=", 0.2), most=96),
        *(scope(f"parity-{n}", f"nine in ten cases are, of the parity of {n} bits", "support_vectors",
                passes(f"parity{n}", "share", ">=", 0.9)) for n in (8, 12)),
        scope("unseen-below-chance", "of parity fewer than half of the unseen strings are told", "support_vectors",
              passes("parity", "test_accuracy", "<", 0.5), most=240),
        scope("nearest-at-most-0.05", "the nearest training case tells a twentieth of them at most", "support_vectors",
              passes("parity", "nearest_accuracy", "<=", 0.05), most=240),
    ),
    quick=(Quick("hard", "support_vectors", "quick_parity", "share", ">=", 0.9), Quick("easy", "support_vectors", "quick_plane", "share", "<=", 0.5)),
),
Claim(
    id="depth-more-expressive", **SLIDES, dataset="synthetic", nature="identity", published=Published("theorems of other authors", "confirmed"),
    statement="With as many units a deeper net can express more than a shallow one.",
    quotation="Given same number of units, a deeper architecture is more expressive than a shallow one",
    checks=(  # linear pieces over the whole line; one layer of U units has U + 1 at most
        direction("tent-map-pieces-above-u-plus-1", "the tent map of 4 to 24 units has more than one layer can", "pieces", passes("tent", "least_ratio", ">", 1), "exact"),
        control("known-counts", "nets of a known number of pieces are counted rightly", "pieces", passes("tent", "miscounted", "==", 0), "exact",
                guards=("tent-map-pieces-above-u-plus-1",)),
        scope("random-4x12", "a fresh net of four layers of 12 has more pieces along a line than one layer of 48", "pieces", more("pieces", "random_4x12", than="random_1x48")),
        scope("random-2x24", "so has one of two layers of 24", "pieces", more("pieces", "random_2x24", than="random_1x48")),
        scope("random-6x8", "so has one of six layers of 8", "pieces", more("pieces", "random_6x8", than="random_1x48")),
        *(scope(f"trained-{teeth}", f"trained on a sawtooth of {teeth} teeth, four layers of 12 err less than one of 48", "sawtooth",
                less("test_error", f"4x12_teeth{teeth}", than=f"1x48_teeth{teeth}")) for teeth in (4, 16, 32)),
        scope("trained-32-twice", "on 32 teeth they err half as much", "sawtooth", less("test_error", "4x12_teeth32", than="1x48_teeth32", times=0.5)),
    ),
    quick=(Quick("pieces", "pieces", "tent", "pieces", "==", 258, seeds=1),),
),
Claim(
    id="gaussian-svm-exponential-sv", **POST, dataset="synthetic", nature="identity", published=Published("2^(n-1) for parity, a theorem of other authors", "from memory"),
    statement="A function that a small net represents can require exponentially many support vectors of a kernel machine.",
    quotation="can require an exponential number of support vectors for the kernel SVM",
    checks=(  # the parity of 4 to 12 bits, on all strings; centres: what any sum of Gaussians needs
        direction("least-sv-semilog-growth", "n units do, and vectors grow as 2^n", "exponential", both(passes("parity", "net_errors", "==", 0), passes("parity", "least_lead", ">", 0)), "exact"),
        size("least-sv-at-least-half-cube", "half of the strings or more are needed", "exponential", passes("parity", "least_share", ">=", 0.5), "exact"),
        control("majority-needs-few", "a majority needs no more centres than bits", "exponential", passes("majority", "centres", "<=", 11), "exact",
                guards=("least-sv-semilog-growth", "least-sv-at-least-half-cube")),
        scope("slope-0.9", "each bit more takes 2^0.9 as many support vectors or more", "exponential", passes("parity", "svm_slope", ">=", 0.9), "exact"),
        scope("svm-majority-few", "the machine has fewer for the majority of 11 bits than half of the strings", "exponential", passes("majority", "svm_vectors", "<", 1024), "exact"),
        scope("svm-one-bit-few", "and no more for a single one of 12 bits than there are bits", "exponential", passes("one_bit", "svm_vectors", "<=", 12), "exact"),
        scope("sine-half-of-changes", "of a sine it has one for each two changes of sign or more", "exponential", passes("sine", "changes_ratio", ">=", 1), "exact"),
        scope("sine-slope-0.9", "it takes 2^0.9 as many or more for twice the changes", "exponential", passes("sine", "svm_slope", ">=", 0.9), "exact"),
    ),
    quick=(Quick("share", "exponential", "parity", "svm_share", ">=", 0.5, seeds=1),),
),
Claim(
    id="tiny-nets-weak", **{**POST, "locator": "on the size of nets"}, dataset="mnist", published=NO_NUMBER,
    statement="Tiny nets cannot achieve very high performance on anything.",
    quotation="tiny neural networks cannot achieve very high performance on anything",
    checks=(  # one hidden layer; MNIST of 5000 images, sorting five numbers of four bits, the parity of eight bits
        Listed("error-4-units-above-512-all-tasks", "direction", "4 units err more than 512", (
            direction("digits", "4 units err more than 512 on digits", "tiny", more("test_error", "mnist_4", than="mnist_512"), most=240),
            direction("sort", "4 units err more than 512 in sorting", "tiny", more("test_error", "sort_4", than="sort_512"), most=240),
            direction("parity", "4 units err more than 512 on parity", "tiny", more("test_error", "parity_4", than="parity_512"), most=240)), "almost every"),
        control("512-do-well", "512 units do very well: 7 % of digits wrong at most, 2 % of bits, 1 % of parities", "tiny",
                both(passes("mnist_512", "test_error", "<=", 7), passes("sort_512", "test_error", "<=", 2), passes("parity_512", "test_error", "<=", 1)),
                most=96, guards=("error-4-units-above-512-all-tasks",)),
        scope("anything", "on the side of a plane, too, 4 units leave more than 2 % wrong", "tiny", passes("separable_4", "test_error", ">", 2), most=96),
        *(scope(f"{task}-five-times", f"of {said} 4 units have five times as much wrong", "tiny", more("test_error", f"{task}_4", than=f"{task}_512", times=5), most=96)
          for task, said in (("mnist", "digits"), ("sort", "bits"), ("parity", "parities"))),
        *(scope(f"parity-never-{width}", f"{width} units solve the parity of 8 bits", "tiny", passes(f"parity_{width}", "test_error", "<=", 1), "never", 240) for width in (1, 2, 3)),
        scope("two-layers", "two hidden layers of 4 units err more than 512 units on each", "tiny",
              both(more("test_error", "mnist_4x4", than="mnist_512"), more("test_error", "sort_4x4", than="sort_512"), more("test_error", "parity_4x4", than="parity_512")), most=96),
        scope("digits-95", "32 units do not tell 95 % of digits", "tiny", passes("mnist_32", "test_error", ">", 5), most=96),
        scope("digits-98", "512 units tell 98 % of them", "tiny", passes("mnist_512", "test_error", "<=", 2), most=96),
        scope("error-falls", "of digits ever fewer are wrong, from 1 unit to 512", "tiny",
              falls("test_error", *(f"mnist_{width}" for width in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512))), most=96),
    ),
    quick=(Quick("tiny-fails", "tiny", "quick_4", "test_error", ">=", 5), Quick("wide-learns", "tiny", "quick_512", "test_error", "<=", 2)),
),
# on nodes of two and three layers, width, and nets as kernel machines
)
