"""What is claimed about sorting and circuits, and what decides each claim. Literals only."""

from suite.claims import Claim, Published, Quick, control, direction, scope, size
from suite.questions import both, less, more, passes

LOCATOR = "the argument, on what a net with two hidden layers can do"
OTHERS = ("n2_b1", "n3_b1", "n3_b2", "n4_b1", "n4_b2", "n5_b1", "n10_b6")
JUDGED = ("n2_b2", "n3_b3", "n10_b10")

# fmt: off
CLAIMS = (  # a table: a line a check
Claim(
    id="sort-construction",
    source="sutskever2015overview", locator=LOCATOR, dataset="synthetic", nature="identity",
    statement="A net of two hidden layers and polynomially many units sorts N numbers of N bits.",
    quotation="a modest number of units can sort N N-bit numbers",
    published=Published("depth 3 is enough and needed (Siu et al. 1993)", "confirmed"),
    # The net is written down; its errors are counted on every list there is, of ten numbers on 100 000 hard ones.
    checks=(
        direction("threshold-exact-n2-b2", "the net sorts every list of 2 numbers of 2 bits", "construction", passes("n2_b2", "errors", "==", 0), "exact"),
        direction("threshold-exact-n3-b3", "the net sorts every list of 3 numbers of 3 bits", "construction", passes("n3_b3", "errors", "==", 0), "exact"),
        direction("threshold-exact-n10-b10", "the net sorts 100 000 lists of 10 numbers of 10 bits", "construction", passes("n10_b10", "errors", "==", 0), "exact"),
        size("growth", "its units are a polynomial of the third degree in N", "construction", passes("growth", "beyond_cubic", "==", 0), "exact"),
        control("comparison-cut", "with one comparison cut it errs", "construction", both(
            *(passes(case, "cut_errors", ">", 0) for case in JUDGED)), "exact",
            guards=tuple(f"threshold-exact-{case.replace('_', '-')}" for case in JUDGED)),
        *(scope(f"threshold-exact-{case.replace('_', '-')}", "it sorts", "construction",
                passes(case, "errors", "==", 0), "exact") for case in OTHERS),
        *(scope(f"relu-exact-{case.replace('_', '-')}", "so does the net of ReLU units", "construction",
                passes(case, "relu_errors", "==", 0), "exact") for case in (*OTHERS, *JUDGED)),
        scope("growth-3.05", "log units grow with log N by 3.05 at most", "construction",
              passes("growth", "growth", "<=", 3.05), "exact"),
        scope("unit-count-n10-b6", "it has n²b + nb + n(n-1)/2 hidden units", "construction",
              passes("n10_b6", "units_beyond_formula", "==", 0), "exact"),
        scope("unit-count-n10-b10", "likewise", "construction",
              passes("n10_b10", "units_beyond_formula", "==", 0), "exact"),
        scope("705-units", "ten numbers of six bits take 705", "construction",
              passes("n10_b6", "threshold_units", "==", 705), "exact"),
        scope("largest-weights-n10-b6", "the largest weights are 2^(b-1), n and 1", "construction",
              passes("n10_b6", "weights_beyond_formula", "==", 0), "exact"),
        scope("largest-weights-n10-b10", "likewise", "construction",
              passes("n10_b10", "weights_beyond_formula", "==", 0), "exact"),
    ),
    quick=(
        Quick("threshold-exact-n3-b3", "construction", "n3_b3", "errors", "==", 0, seeds=1),
        Quick("threshold-exact-n10-b6", "construction", "n10_b6", "errors", "==", 0, seeds=1),
    ),
),
Claim(
    id="sort-trained-10x6",
    source="sutskever2015overview", locator=LOCATOR, dataset="synthetic", nature="proxy",
    statement="A small net of two hidden layers is easily trained to sort ten numbers of six bits.",
    quotation="trained it to sort 10 6-bit numbers, which was easy to do to my surprise",
    published=Published("no accuracy given", "none found"),
    # Two hidden layers of 512, 20 million lists. "Sort" is said of lists: more than half of fresh ones come out right.
    checks=(
        direction("whole-lists", "the trained net sorts most lists without an error", "trained", passes("two_hidden", "test_list_accuracy", ">", 0.5), most=24),
        # Always answering the likelier bit at each place is right for 0.615 of the bits, exactly.
        control("learns-at-all", "it beats the likelier bits", "trained",
                passes("two_hidden", "test_bit_accuracy", ">=", 0.62), most=24, guards=("whole-lists",)),
        scope("numbers", "most numbers are right", "trained", passes("two_hidden", "test_number_accuracy", ">", 0.5)),
        scope("bits", "0.99 of the bits are right", "trained", passes("two_hidden", "test_bit_accuracy", ">=", 0.99)),
        scope("first-bit", "0.5 % of the first bits are wrong at most", "trained",
              passes("two_hidden", "test_first_bit_error", "<=", 0.005)),
        scope("whole-lists-100", "layers of 100 sort most lists", "trained",
              passes("two_hidden_100", "test_list_accuracy", ">", 0.5)),
        scope("numbers-100", "layers of 100 get most numbers right", "trained",
              passes("two_hidden_100", "test_number_accuracy", ">", 0.5)),
        scope("beats-linear", "they beat a linear model", "trained",
              more("test_bit_accuracy", "two_hidden_100", than="linear")),
    ),
    quick=(
        Quick("bits-learned", "trained", "two_hidden_quick", "test_bit_accuracy", ">=", 0.7, seeds=1),
        Quick("lists-wrong", "trained", "two_hidden_quick", "test_list_accuracy", "<=", 0.5, seeds=1),
    ),
),
Claim(
    id="sort-boolean-gigantic",
    source="sutskever2015overview", locator=LOCATOR, dataset="synthetic", nature="proxy",
    statement="A Boolean circuit of two hidden layers that sorts N numbers of N bits is gigantic.",
    quotation="impossible to sort N N-bit numbers with a boolean circuit that has two hidden layers",
    published=Published("majority takes size 2^(0.849·sqrt(n)) at least in depth three (Håstad, Jukna & Pudlák, "
                        "Comput. Complexity 5)", "confirmed"),
    # A bound on the gates, derived in the study and evaluated in whole numbers, beside the units of the net that sorts.
    checks=(
        direction("two-layer-bound", "the least size of such a circuit overtakes the units of the net", "depths", passes("bound", "overtakes_at", "<=", 3000), "exact"),
        control("bound-below-known", "no circuit that is known is smaller than the bound", "depths",
                passes("bound", "bound_above_known", "==", 0), "exact", guards=("two-layer-bound",)),
        scope("published-bound", "by the published bound it outgrows the net", "depths",
              passes("bound", "published_overtakes_at", "<=", 3000), "exact"),
        scope("bits-per-root", "at 3000 numbers the exact bound is 2^(0.8·sqrt(n)) at least", "depths",
              passes("bound", "bits_per_root", ">=", 0.8), "exact"),
        scope("terms-are-binomial", "of one hidden layer, each output takes C(n, k) terms", "boolean",
              passes("sorted_bits", "terms_beyond_binomial", "==", 0), "exact"),
        scope("252-terms", "the largest at ten bits takes 252", "boolean",
              passes("sorted_bits", "largest_terms", "==", 252), "exact"),
        scope("exponential", "log2 of the largest grows by 0.8 a number at least", "boolean",
              passes("sorted_bits", "bits_per_number", ">=", 0.8), "exact"),
        scope("more-terms-than-units", "terms are five times the net's units at least, at ten bits", "boolean",
              passes("sorted_bits", "terms_over_units", ">=", 5), "exact"),
        scope("network-cubic", "log units grow with log N by 3.05 at most", "construction",
              passes("growth", "growth", "<=", 3.05), "exact"),
        scope("wider-numbers", "four numbers of three bits take more terms than the net has units", "boolean",
              more("essential", "sorted_numbers", than_metric="units"), "exact"),
    ),
    quick=(Quick("252-terms", "boolean", "sorted_bits", "largest_terms", "==", 252, seeds=1),),
    dropped={"sat-minimal": "smallest circuits of two hidden layers for n of 5 and 6 need a SAT solver, which the "
                            "suite does not depend on, and decide nothing of what grows with n"},
),
Claim(
    id="neuron-and-or",
    source="sutskever2015overview", locator=LOCATOR, dataset="synthetic", nature="identity",
    statement="A single neuron computes the conjunction of its inputs, or their disjunction, by its weights.",
    quotation="a single neuron of a neural network can compute the conjunction of its inputs",
    published=Published("weights 1, threshold n - 1/2 or 1/2", "confirmed"),
    checks=(
        direction("and-exact", "one neuron computes the conjunction of 2 to 20 bits", "neurons", passes("exact", "and_errors", "==", 0), "exact"),
        direction("or-exact", "one neuron computes the disjunction of 2 to 20 bits", "neurons", passes("exact", "or_errors", "==", 0), "exact"),
    ),
    carried=("and-2-learned", "and-10-learned", "and-20-learned", "or-2-learned", "or-10-learned", "or-20-learned"),
    quick=(
        Quick("and-exact", "neurons", "exact", "and_errors", "==", 0, seeds=1),
        Quick("or-exact", "neurons", "exact", "or_errors", "==", 0, seeds=1),
    ),
),
Claim(
    id="threshold-beats-boolean",
    source="sutskever2015overview", locator=LOCATOR, dataset="synthetic", nature="proxy",
    statement="A neuron's threshold operation takes a large Boolean circuit where that has one hidden layer.",
    quotation="neurons perform a threshold operation, which cannot be done with a tiny boolean circuit",
    published=Published("theorems on unate functions", "confirmed"),
    # The majority of 4 to 12 bits: one gate, or an OR of as many ANDs, or an AND of as many ORs, as there are halves.
    checks=(
        direction("majority-gates", "one threshold gate computes the majority", "boolean", passes("one_gate", "majority_gate_errors", "==", 0), "exact"),
        direction("majority-terms", "an OR of ANDs takes C(n, n/2) terms for it", "boolean", passes("one_gate", "majority_wrong", "==", 0), "exact"),
        control("majority-is-one-gate", "one threshold gate separates every majority of 2 to 6 bits", "boolean",
                passes("one_gate", "majority_by_one_gate", ">=", 1), "exact",
                guards=("majority-gates", "majority-terms")),
        scope("any-depth", "without limit of depth 12 bits take fewer gates than terms, right on all strings", "depths",
              both(passes("adders", "errors", "==", 0), less("gates", "adders", than_metric="terms")), "exact"),
        scope("comparison-terms", "comparing numbers of b bits takes 2^b - 1 terms", "boolean",
              passes("one_gate", "comparison_wrong", "==", 0), "exact"),
        scope("parity-terms", "parity takes 2^(n-1) terms", "boolean",
              passes("one_gate", "parity_wrong", "==", 0), "exact"),
        scope("comparison-gates", "one threshold gate compares", "boolean",
              passes("one_gate", "comparison_gate_errors", "==", 0), "exact"),
        scope("parity-gates", "n + 1 threshold gates compute parity", "boolean",
              passes("one_gate", "parity_gate_errors", "==", 0), "exact"),
        scope("parity-not-one-gate", "one does not", "boolean",
              passes("one_gate", "parity_by_one_gate", "==", 0), "exact"),
    ),
    quick=(Quick("majority-terms", "boolean", "one_gate", "majority_wrong", "==", 0, seeds=1),),
),
)
