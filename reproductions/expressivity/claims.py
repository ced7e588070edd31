"""What is claimed about what nets and kernel machines can express, and what decides it. Literals only."""

from typing import Any

from suite.claims import Claim, Listed, Published, Quick, control, direction, scope, size
from suite.questions import at_chance, both, falls, less, more, passes, rises, sooner

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
        scope("fewer-units-than-cases", "of 128 random labels a trained net takes half as many units at most", "random_labels",
              passes("units", "width_7", "<=", 64), most=240),
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
                passes(f"parity{n}", "share", ">=", 0.9)) for n in (8, 11)),
        scope("unseen-below-chance", "of parity fewer than half of the unseen strings are told", "support_vectors",
              passes("parity", "test_accuracy", "<", 0.5), most=240),
        scope("nearest-at-most-0.05", "the nearest training case tells a twentieth of them at most", "support_vectors",
              passes("parity", "nearest_accuracy", "<=", 0.05), most=240),
    ),
    quick=(Quick("hard", "support_vectors", "quick_parity", "share", ">=", 0.75),),
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
        control("512-do-well", "512 units do very well: 7 % of digits wrong at most, 5 % of bits, 1 % of parities", "tiny",
                both(passes("mnist_512", "test_error", "<=", 7), passes("sort_512", "test_error", "<=", 5), passes("parity_512", "test_error", "<=", 1)),
                most=240, guards=("error-4-units-above-512-all-tasks",)),
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
    quick=(Quick("tiny-fails", "tiny", "quick_4", "test_error", ">=", 5, seeds=3), Quick("wide-learns", "tiny", "quick_512", "test_error", "<=", 2)),
),
# on nodes of two and three layers, width, and nets as kernel machines
Claim(
    id="three-layer-fewer-nodes", **{**SLIDES, "locator": "slides, on universal approximation"}, dataset="synthetic", published=NO_NUMBER,
    statement="Nets of two hidden layers approximate functions with fewer weights than nets of one.",
    quotation="3-layer nets are universal function approximators with fewer nodes/weights",
    checks=(  # parameters with which a trained net comes to an error of 0.1 of the target's variance; 10 000: none does
        Listed("two-hidden-fewer-parameters", "direction", "for most targets two hidden layers need fewer parameters", (
            direction("fewer-radial", "of a radial target they do", "nodes", less("parameters_two", "radial_d4", than_metric="parameters_one", budget=10_000), most=240),
            direction("fewer-product", "of a product they do", "nodes", less("parameters_two", "product", than_metric="parameters_one", budget=10_000), most=240),
            direction("fewer-smooth", "of a smooth target they do", "nodes", less("parameters_two", "smooth", than_metric="parameters_one", budget=10_000), most=240))),
        *(control(f"both-reach-{target}", "nets of either kind come to the error", "nodes",
                  both(passes(arm, "parameters_one", "<=", 2_000), passes(arm, "parameters_two", "<=", 2_000)), most=240, guards=(f"fewer-{target}",))
          for target, arm in (("radial", "radial_d4"), ("product", "product"), ("smooth", "smooth"))),
        control("units-no-gain", "of a sum of hidden units two layers need more, for an error of 0.01", "nodes",
                more("parameters_two_0.01", "units", than_metric="parameters_one_0.01", budget=10_000), most=240, guards=("fewer-radial", "fewer-product", "fewer-smooth")),
        scope("grows-with-d", "of radial targets the ratio grows from 2 inputs to 6", "nodes", rises("log2_ratio", *(f"radial_d{d}" for d in (2, 3, 4, 5, 6)))),
        *(scope(f"{target}-{goal}", f"of a {target} target two layers need fewer for an error of {goal}", "nodes",
                less(f"parameters_two_{goal}", arm, than_metric=f"parameters_one_{goal}", budget=10_000))
          for target, arm in (("radial", "radial_d4"), ("product", "product"), ("smooth", "smooth")) for goal in (0.2, 0.03)),
    ),
    quick=(Quick("two-layers-fit", "nodes", "quick", "least_error_two", "<=", 0.12),),
),
Claim(
    id="wide-two-layer-untrainable", **{**SLIDES, "locator": "slides, on universal approximation"}, dataset="mnist", published=NO_NUMBER,
    statement="A net of one hidden layer cannot be trained when it has very many hidden units.",
    quotation="when the number of hidden nodes increases it is not trainable",
    checks=(  # plain SGD, a rate for each width; the widest has 10 000 units. Where it diverges, its loss is the higher
        direction("widest-train-loss-above-100", "the widest net ends at a higher training loss than one of 100 units", "widths", less("seen_loss", "w100", than="w10000"), most=240),
        size("widest-at-chance", "the widest net is at chance", "widths", at_chance("w10000", "test_error", samples=2_000, constant=0.1055, percent=True), most=240),
        control("hundred-train", "a net of 100 units trains: a tenth of its images is wrong at most", "widths",
                passes("w100", "seen_error", "<=", 10), most=240, guards=("widest-train-loss-above-100", "widest-at-chance")),
        scope("loss-rises-with-width", "the loss rises with the width, from 10 units to 10 000", "widths",
              rises("seen_loss", "w10", "w100", "w1000", "w10000")),
        scope("rises-above-100", "it rises from 100 units on", "widths", rises("seen_loss", "w100", "w1000", "w10000")),
        scope("mean-field", "the widest ends higher where outputs are divided by the width", "widths", less("seen_loss", "mean_field_w100", than="mean_field_w10000")),
        scope("random-labels", "it ends higher on labels that were dealt out anew", "widths", less("seen_loss", "random_w100", than="random_w10000")),
        scope("same-rate", "it ends higher at the rate of 100 units", "widths", less("seen_loss", "w100", than="same_rate_w10000")),
        scope("later-95", "it takes more steps until 95 % of its images are right", "widths", sooner("steps_to_95", "w100", than="w10000", budget=500)),
    ),
    quick=(Quick("wide-trains", "widths", "quick", "seen_error", "<=", 50),),
),
Claim(
    id="shallow-net-equals-kernel-machine", **POST, dataset="mnist", published=NO_NUMBER,
    statement="Shallow nets and kernel machines are nearly identical, and equally inferior to a deep net of as many parameters.",
    quotation="both of these models are nearly identical, and thus equally unpowerful",
    checks=(  # 300 units, 300 random centres; the deep net has ten hidden layers and as many parameters
        direction("gap-below-deep-advantage", "net and machine differ by less than the deep net gains over the better one", "shallow", less("gap", "mnist_h300", than_metric="advantage"), most=240),
        direction("deep-beats-both", "the deep net errs less than both", "shallow", less("deep_error", "mnist_h300", than_metric="better_error"), most=240),
        control("all-beat-linear", "each errs less than softmax regression", "shallow",
                both(*(less(f"{net}_error", "mnist_h300", than_metric="linear_error") for net in ("net", "kernel", "deep"))), most=240,
                guards=("gap-below-deep-advantage", "deep-beats-both")),
        *(scope(f"one-point-h{units}", f"of {units} units net and machine differ by a point at most", "shallow", passes(f"mnist_h{units}", "gap", "<=", 1))
          for units in (30, 100, 300, 1000)),
        scope("one-point-means", "net and a machine at means of clusters differ by a point at most", "shallow", passes("mnist_h300", "gap_means", "<=", 1)),
        scope("three-layers", "a deep net of three hidden layers errs less than both", "shallow", less("three_error", "mnist_h300", than_metric="better_error")),
        *(scope(f"{task}-one-point", f"of {said} net and machine differ by a point at most", "shallow", passes(f"{task}_h100", "gap", "<=", 1))
          for task, said in (("parity", "the parity of 10 bits"), ("staircase", "a staircase of 3 bits"))),
        *(scope(f"{task}-deep", f"on the {task} the deep net errs less than both", "shallow", less("deep_error", f"{task}_h100", than_metric="better_error"))
          for task in ("parity", "staircase")),
    ),
    quick=(Quick("net-learns", "shallow", "quick", "net_error", "<=", 30), Quick("machine-learns", "shallow", "quick", "kernel_error", "<=", 30)),
),
Claim(
    id="learned-kernel", source="synnaeve2014deep", locator="on kernel machines", dataset="mnist", published=NO_NUMBER,
    statement="Deep nets are kernel machines whose kernel is learned.",
    quotation="deep learning is simply kernel machines whose kernel we learn",
    checks=(  # a linear support vector machine on the last hidden layer of a net of 128 and 64 units
        direction("learned-features-beat-untrained", "it errs less on learned features than on an untrained net's", "learned", less("test_learned_error", "mlp", than_metric="before_error"), most=240),
        direction("agreement-above-two-seeds", "net and machine agree on more images than two nets do", "learned", more("test_learned_agreement", "mlp", than_metric="test_seeds_agreement"), most=240),
        control("net-learns", "the net errs on a tenth at most", "learned", passes("mlp", "test_error", "<=", 10), most=240,
                guards=("learned-features-beat-untrained", "agreement-above-two-seeds")),
        control("machine-solved", "the machines are solved: a thousandth of the gradient is left at most", "learned",
                both(passes("mlp", "test_learned_slope", "<=", 1e-3), passes("mlp", "before_slope", "<=", 1e-3)), most=240,
                guards=("learned-features-beat-untrained", "agreement-above-two-seeds")),
        *(scope(f"features-{arm}", f"learned features are better, too, of {said}", "learned", less("test_learned_error", arm, than_metric="before_error"))
          for arm, said in (("cnn", "a convolutional net"), ("small", "1000 images"), ("large", "10 000 images"))),
        *(scope(f"agreement-{arm}", f"net and machine agree more than two nets, too, of {said}", "learned", more("test_learned_agreement", arm, than_metric="test_seeds_agreement"))
          for arm, said in (("cnn", "a convolutional net"), ("small", "1000 images"), ("large", "10 000 images"))),
        *(scope(f"within-0.2-{arm}", "the machine and its net err within 0.2 points of each other", "learned", passes(arm, "apart", "<=", 0.2)) for arm in ("mlp", "cnn")),
        *(scope(f"below-rbf-{arm}", "it errs less than a Gaussian machine on pixels", "learned", less("test_learned_error", arm, than_metric="rbf_error")) for arm in ("mlp", "cnn")),
        scope("below-rbf-0.3-cnn", "on features of a convolutional net it errs 0.3 points less", "learned", passes("cnn", "below_rbf", ">=", 0.3)),
    ),
    quick=(Quick("agrees", "learned", "quick", "test_learned_agreement", ">=", 80),),
),
)
