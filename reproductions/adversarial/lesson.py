"""Is it noise that tricks a net, or the direction of the noise?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Adversarial examples, a lesson")

with app.setup:
    import marimo as mo
    import numpy as np

    from common import datasets, figures
    from suite import lessons

    LESSON = lessons.Lesson("adv-noise-not-random", "mlp-ratio")
    SIZE = 0.25  # of the range from black to white


@app.cell
def _():
    LESSON.opening(f"""
    Take an image of a digit and make every pixel lighter or darker, by {SIZE:.0%} of the range from black to white.
    Here are two ways to choose which:

    - **Random signs**: a coin is tossed for each pixel.
    - **FGSM**, the fast gradient sign method: each pixel moves the way in which the net's loss rises, which the sign
      of the gradient with respect to that pixel tells.

    Both change every pixel by as much, so that to the eye they are alike. Below are five digits, and the same five
    after tosses of a coin. We train a small net on clean digits, and count its errors on images of either kind.
    """)
    return


@app.cell
def _():
    def draw_digits(canvas):
        (axes,) = canvas.axes
        images = datasets.load_images().validation.images[:5]
        side = int(images.shape[1] ** 0.5)
        coins = np.random.default_rng(0).choice([-SIZE, SIZE], images.shape)
        rows = [np.concatenate([*x.reshape(-1, side, side)], axis=1) for x in (images, images + coins)]
        axes.imshow(np.concatenate(rows), cmap="gray", vmin=-SIZE, vmax=1 + SIZE, interpolation="none")
        axes.set_axis_off()

    lessons.picture(draw_digits, "Five digits, and the same with random signs", "A person still reads them.")
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="FGSM makes the net err on more images than random signs do.",
        no="Random signs do as much harm: noise is noise.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    nets = LESSON.train("fooled", "small_mlp")
    return (nets,)


@app.cell
def _(nets):
    def draw(canvas):
        (axes,) = canvas.axes
        errors = {"clean": "test_error", "random signs": "noise_signs_error", "FGSM": "test_fgsm_250"}
        for place, metric in enumerate(errors.values()):
            figures.seeds(axes, place, lessons.numbers(nets, metric), place, 0.4, "", metric)
        figures.label(axes, "", f"images, pixels moved by {SIZE}", "errors, %")
        figures.ticks(axes, list(errors))
        axes.set_ylim(0, 102)

    lessons.picture(draw, "Errors of a net on changes of one size", "A point is a seed, a stroke their median.")
    return


@app.cell
def _(nets):
    asked = LESSON.ask({"mlp": nets})
    LESSON.told(asked)
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    size = mo.ui.slider(0.01, 0.2, 0.01, value=0.05, show_value=True, label="how far FGSM moves each pixel")
    again = mo.ui.run_button(label="Attack two seeds")
    lessons.controls("## Try next\n\nHow little is enough?", size, again)
    return again, size


@app.cell
def _(again, size):
    mo.stop(not again.value)
    weaker = LESSON.train("fooled", "small_mlp", seeds=2, epsilons=[size.value, SIZE])
    errors = lessons.numbers(weaker, f"test_fgsm_{round(1000 * size.value)}")
    tried = ", ".join(f"{error:.0f} %" for error in errors.values())
    mo.md(f"Where FGSM moves each pixel by {size.value:g}, the nets err on these shares of the images: {tried}.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
