"""By how much of its weights should a step move a net?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Learning rates, a lesson")

with app.setup:
    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("lr-point-one", "0.1-friedman")


@app.cell
def _():
    LESSON.opening("""
    A rule of thumb says that a learning rate of **0.1** is good, and another that a step should move the weights by
    a **thousandth** of their size: less is slow, more is unstable.

    We train a net of 64 ReLU units on a regression of ten inputs (Friedman's), for 100 steps, at rates of 0.001 to
    1. Inputs and targets are standardised, so knowing nothing costs a loss of 1.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="0.1 ends lower than 0.01 and lower than 1.",
        no="One of the two ends lower than 0.1.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    scan = LESSON.train("generated", "quick", log10_rates=[-3.0, -2.0, -1.0, 0.0])
    return (scan,)


@app.cell
def _(scan):
    def draw(canvas):
        (axes,) = canvas.axes
        lines = {run.seed: [(10 ** (x / 100), loss) for x, loss in run.curves["loss_over_rate"]] for run in scan}
        figures.curves(axes, lines, "", 0, "loss")
        figures.rule(axes, 1, "knowing nothing")
        figures.label(axes, "", "learning rate", "loss after 100 steps")
        figures.scaled(axes.xaxis, "log", [0.001, 1])
        figures.scaled(axes.yaxis, "log", [loss for line in lines.values() for _, loss in line])

    lessons.picture(draw, "Where training ends, by its rate", "A line is a seed; a rate that diverges has no point.")
    return


@app.cell
def _(scan):
    asked = LESSON.ask({"friedman": scan})
    ratios = ", ".join(f"{ratio:.2g}" for ratio in lessons.numbers(scan, "best_ratio").values())
    LESSON.told(asked, f"At the best of these rates a step moves the weights, seed by seed, by {ratios} of their size.")
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    steps = mo.ui.dropdown(["20", "100", "500", "2000"], value="500", label="steps")
    again = mo.ui.run_button(label="Train two seeds")
    lessons.controls("## Try next\n\nDoes the best rate depend on how long there is to train?", steps, again)
    return again, steps


@app.cell
def _(again, steps):
    mo.stop(not again.value)
    tried = LESSON.train("generated", "quick", steps=int(steps.value), log10_rates=[-3.0, -2.0, -1.0, 0.0])
    best = ", ".join(f"{10**rate:g}" for rate in lessons.numbers(tried, "log10_best_rate").values())
    mo.md(f"With {steps.value} steps the best of the four rates is, seed by seed, {best}.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
