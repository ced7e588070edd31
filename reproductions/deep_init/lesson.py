"""Does a deep net learn at all from weights that start at half the usual size?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Initial weights, a lesson")

with app.setup:
    from math import log

    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("random-init-super-important", "mlp-learns-somewhere")


@app.cell
def _():
    LESSON.opening("""
    Each layer of a net multiplies its input by a matrix. If a layer makes the signal a little smaller, ten of them make
    it a great deal smaller, and the gradient on its way back as well. Weights drawn from a normal distribution of
    standard deviation **1/√n**, where n is the number of inputs of a unit, keep the size of a small signal as it is in
    a layer of tanh units.

    We train a net of ten hidden layers of 64 tanh units on 2000 images of digits, by stochastic gradient descent,
    twice: from weights of that size, scale **1**, and from the very same numbers halved, scale **0.5**.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="From one of the two scales the net learns, from the other it learns nothing.",
        no="It learns from both, from one of them more slowly.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    trained = LESSON.train("spectral", "quick")
    return (trained,)


@app.cell
def _(trained):
    CURVE = "train_loss_gaussian_over_100_scale"

    def draw(canvas):
        (axes,) = canvas.axes
        scales = [point for point, _ in trained[0].curves[CURVE]]
        for place, scale in enumerate(scales):
            losses = {run.seed: dict(run.curves[CURVE])[scale] for run in trained}
            figures.seeds(axes, place, losses, place, 0.4, "", f"scale-{scale}")
        figures.rule(axes, log(10), "knowing nothing: ln 10")
        figures.label(axes, "", "scale of the initial weights", "training loss at the end, nats")
        figures.ticks(axes, [f"{scale / 100:g}" for scale in scales])
        axes.set_ylim(bottom=0)

    lessons.picture(draw, "Ten tanh layers, from weights of half the size", "A point is a seed, a stroke their median.")
    return


@app.cell
def _(trained):
    asked = LESSON.ask({"mlp": trained})
    LESSON.told(asked)
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    scale = mo.ui.slider(0.3, 1.7, 0.1, value=0.7, show_value=True, label="scale of the initial weights")
    depth = mo.ui.slider(1, 10, 1, value=10, show_value=True, label="hidden layers")
    again = mo.ui.run_button(label="Train it")
    lessons.controls("## Try next\n\nWhere is the edge, and is it there in a shallow net?", scale, depth, again)
    return again, depth, scale


@app.cell
def _(again, depth, scale):
    mo.stop(not again.value)
    other = LESSON.train("spectral", "quick", seeds=2, rates={f"gaussian_{scale.value:g}": 0.1}, depth=depth.value)
    learned = sum(lessons.numbers(other, "learned").values())
    mo.md(
        f"From a scale of {scale.value:g} a net of {depth.value} layers learns in {learned:.0f} of {len(other)} seeds."
    )
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
