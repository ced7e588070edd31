"""Numbers from which the effect of each claim is taken, so that its checks must not find it. Literals only."""

from suite.negatives import Negative, alike, difference, instead, shuffled

# fmt: off
NEGATIVES = (
    Negative("batch1-better", "both nets are trained on large batches, of two seeds", {
        "test-error-b1-below-128": alike("batches/quick_b512", "validation_error"), "gap-b1-smaller": alike("batches/quick_b512", "validation_gap")}),
    Negative("large-batch-worse", "both nets are trained on single images, of two seeds", {
        "full-batch-error-above-128": alike("batches/quick_b1", "validation_error"),
        "full-batch-gap-larger-equal-loss": alike("batches/quick_b1", "validation_gap_at_target")}),
    # What is claimed is that two numbers are alike: here they must differ.
    Negative("gradient-normalisation", "the smaller batch is one of 8, a thirty-second of the larger", {
        "shift-below-half": instead(("best_rate/batch256", "best_rate"), ("best_rate/batch8", "best_rate"), record="trials"),
        "shift-below-batch-factor": instead(("best_rate/batch256", "best_octave"), ("best_rate/batch8", "best_octave"), record="trials")}),
    Negative("growing-batch", "which batch is how large is drawn by lot in each seed, and all three grow", {
        "gradient-error-falls-with-b": shuffled(*((f"growing/batch{size}", "gradient_error") for size in (1, 8, 64, 512)), record="trials"),
        "growing-beats-small-and-full": alike("growing/quick_growing", "suboptimality")}),
    Negative("sag-svrg-linear-rate", "both leads are taken from those of other seeds, and the gradients counted are SVRG's", {
        "sag-linear-sgd-loglog": difference("averaged/quick_sag_logistic", "lead"),
        "one-gradient-per-iteration": instead(("averaged/svrg_logistic", "gradients_per_step"), record="trials")}),
    Negative("sgd-vs-gd", "both are steps of gradient descent, of two blocks and of two seeds", {
        "sgd-step-faster": alike("step_time/block", "gd_time", "trials"), "sgd-more-steps": alike("steps/quick_gd", "passes_to_1e-6")}),
    Negative("minibatch-128-throughput", "both batches are of one example, of two blocks", alike("throughput/quick", "examples_1")),
)
