"""What is claimed about convolutional nets, and what decides each claim. Literals only."""

from typing import Any

from suite.claims import Claim, Published, Quick, control, direction, scope, size
from suite.questions import both, falls, less, more, passes

SLIDES: dict[str, Any] = {"source": "vitria2016intro", "locator": "slides, on convolutional nets"}
NO_NUMBER = Published("no number given", "none found")

# fmt: off
CLAIMS = (  # a table: short fields share a line
Claim(
    id="conv-parameter-count", **SLIDES, dataset="synthetic", nature="identity",
    statement="A layer of 32x32x30 units on 5x5x3 pixels each has about 3 million weights; one that shares them has 2250.",
    quotation="Number of weights in such layer: 30720 × 75 ∼ 3 million",
    published=Published("about 3 million, and 2250", "confirmed"),
    checks=(  # the layers are built and counted; "3 million" is what rounds to 3
        direction("unshared-more-weights", "the layer that does not share has more weights", "parameters", more("unshared_weights", "layers", than_metric="shared_weights"), "exact"),
        size("three-million-exact", "they are 3 million, rounded", "parameters", both(passes("layers", "unshared_weights", ">=", 2.5e6), passes("layers", "unshared_weights", "<", 3.5e6)), "exact"),
        size("shared-2250-exact", "the shared weights are 2250", "parameters", passes("layers", "shared_weights", "==", 2_250), "exact"),
        scope("two-million", "those that are not shared are 30 720 times 75, which is 2 304 000", "parameters", passes("layers", "unshared_weights", "==", 2_304_000), "exact"),
        scope("shared-biases", "with a bias for each filter there are 2280", "parameters", passes("layers", "shared_biased", "==", 2_280), "exact"),
        scope("unshared-biases", "with a bias for each unit there are 2 334 720", "parameters", passes("layers", "unshared_biased", "==", 2_334_720), "exact"),
        control("units", "the layers have 30 720 units", "parameters", passes("layers", "units", "==", 30_720), "exact",
                guards=("unshared-more-weights", "three-million-exact", "shared-2250-exact")),
    ),
    quick=(Quick("unshared", "parameters", "layers", "unshared_weights", "==", 2_304_000.0, seeds=1),
           Quick("shared", "parameters", "layers", "shared_weights", "==", 2_250.0, seeds=1)),
),
Claim(
    id="parameter-sharing-helps", **SLIDES, dataset="mnist",
    statement="It is better not to learn the same thing anew at all places of a picture, but to share parameters.",
    quotation="lets not learn the same thing across all spatial locations", published=NO_NUMBER,
    checks=(  # 2000 images, 8 filters of 5x5 or as many units without sharing; then ten logits
        direction("conv-below-local", "filters that are shared err less than those learned at each place", "sharing", less("conv_error", "plain", than_metric="local_error"), most=240),
        scope("conv-below-dense", "they err less than units that see the whole picture", "sharing", less("conv_error", "plain", than_metric="dense_error"), most=240),
        scope("local-below-dense", "units that see a window err less than those that see the whole", "sharing",
              less("local_error", "plain", than_metric="dense_error"), most=240),
        scope("fifteen-percent", "shared filters err at least 15 % less than those of each place", "sharing",
              less("conv_error", "plain", than_metric="local_error", times=0.85), most=240),
        scope("few-images", "on 500 images they err less, too", "sharing", less("conv_error", "images_500", than_metric="local_error"), most=240),
        scope("more-images", "on 5000 images they err less, too", "sharing", less("conv_error", "images_5000", than_metric="local_error"), most=240),
        scope("shrinks-with-data", "the more images, the less they gain", "sharing", falls("advantage", "images_500", "plain", "images_5000"), most=240),
        scope("permuted-local-dense", "with pixels exchanged a window is worth no more than the whole, within 5 %", "sharing",
              both(less("local_error", "permuted", than_metric="dense_error", times=1.05), more("local_error", "permuted", than_metric="dense_error", times=0.95)), most=240),
        scope("sometimes-not", "where a stroke looks different at every place, filters of each place err less", "sharing",
              less("local_error", "signed", than_metric="conv_error"), most=240),
        scope("pooled", "with the largest of 2x2 units taken, shared filters err less", "sharing", less("conv_error", "pooled", than_metric="local_error"), most=240),
        control("advantage-shrinks-permuted", "with pixels exchanged, shared filters gain less", "sharing", less("advantage", "permuted", than="plain"), most=240,
                guards=("conv-below-local",)),
        control("conv-fits", "shared filters fit their training images: at most 2 % wrong", "sharing", passes("plain", "conv_seen_error", "<=", 2), most=240,
                guards=("conv-below-local",)),
        control("local-fits", "those of each place fit them, too", "sharing", passes("plain", "local_seen_error", "<=", 2), most=240, guards=("conv-below-local",)),
    ),
    quick=(Quick("local-learns", "sharing", "quick_local", "local_error", "<=", 25.0),),
),
Claim(
    id="small-filters-deeper", **SLIDES, dataset="mnist", nature="proxy",
    statement="Small filters are to be used, of 3x3 or even less.",
    quotation="use filter sizes of 3x3 (maybe even 2x2 or 1x1!)", published=NO_NUMBER,
    checks=(  # 5000 images; nets of two blocks with as many weights, within 3 %
        direction("stacked-3x3-below-5x5", "two layers of 3x3 err less than one of 5x5", "filters", less("held_out_error", "threes", than="five"), most=240),
        scope("three-3x3-below-7x7", "three layers of 3x3 err less than one of 7x7", "filters", less("held_out_error", "three_threes", than="seven"), most=240),
        scope("four-2x2-below-5x5", "four layers of 2x2 err less than one of 5x5", "filters", less("held_out_error", "twos", than="five"), most=240),
        scope("2x2-below-3x3", "four layers of 2x2 err less than two of 3x3", "filters", less("held_out_error", "twos", than="threes"), most=240),
        scope("5x5-below-7x7", "one layer of 5x5 errs less than one of 7x7", "filters", less("held_out_error", "five", than="seven"), most=240),
        scope("1x1-below-5x5", "layers of 1x1 alone err less than one of 5x5", "filters", less("held_out_error", "ones", than="five"), most=240),
        scope("mean-pooling", "with pooling by means, too, 3x3 err less than 5x5", "filters", less("held_out_error", "threes_mean", than="five_mean"), most=240),
        control("pixels-alone-worse", "a net that sees each pixel by itself errs more than that of 5x5", "filters", more("held_out_error", "ones", than="five"), most=240,
                guards=("stacked-3x3-below-5x5",)),
        control("five-fits", "the net of 5x5 fits its training images: at most 2 % wrong", "filters", passes("five", "seen_error", "<=", 2), most=240,
                guards=("stacked-3x3-below-5x5",)),
        control("threes-fit", "so does that of 3x3", "filters", passes("threes", "seen_error", "<=", 2), most=240, guards=("stacked-3x3-below-5x5",)),
    ),
    quick=(Quick("five-learns", "filters", "quick_five", "held_out_error", "<=", 25.0),),
),
Claim(
    id="cnn-vision-important", source="mayo2016seven", locator="step on convolutional nets", dataset="mnist", nature="proxy",
    statement="Convolutional nets play a very important role in computer vision.",
    quotation="convolutional neural networks have played a very important role in computer vision of late", published=NO_NUMBER,
    checks=(  # 5000 images
        direction("cnn-below-mlp", "the convolutional net errs less than one without convolutions, tuned alike", "vision", less("cnn_error", "nets", than_metric="mlp_error"), most=240),
        scope("six-tenths", "it makes at most 0.6 times the errors", "vision", less("cnn_error", "nets", than_metric="mlp_error", times=0.6), most=240),
        scope("moved-cnn-below-mlp", "it errs less on images that were moved", "vision", less("cnn_moved_error", "nets", than_metric="mlp_moved_error"), most=240),
        scope("gap-larger-moved", "there it errs less by more points", "vision", more("moved_gap", "nets", than_metric="gap"), most=240),
        scope("below-svm", "it errs less than a support vector machine", "vision", less("cnn_error", "nets", than="svm", than_metric="error"), most=240),
        scope("below-knn", "it errs less than nearest neighbours", "vision", less("cnn_error", "nets", than="knn", than_metric="error"), most=240),
        control("mlp-tuned", "the other net errs no more than scikit-learn's as it comes", "vision", less("mlp_error", "nets", than="sklearn_mlp", than_metric="error"), most=240,
                guards=("cnn-below-mlp",)),
    ),
    quick=(Quick("cnn-learns", "vision", "quick_cnn", "cnn_error", "<=", 25.0),),
),
)
