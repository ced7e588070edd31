"""As a net learns, does its loss come to curve up in more and more directions?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="The landscape of a loss, a lesson")

with app.setup:
    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("p-rises-near-minimum", "loss-positive-share-correlation-negative")


@app.cell
def _():
    LESSON.opening("""
    A net's **loss** is a landscape over its weights. At any point of it the **Hessian**, the matrix of second
    derivatives, tells how the ground bends: along an eigenvector with a positive eigenvalue it curves up as in a
    valley, along one with a negative eigenvalue down as from a ridge. At a minimum all curve up; at a saddle some do.

    We train a net of **280 weights** on 300 images of digits, each image being sixteen numbers. At six moments we stop
    and compute all its second derivatives, exactly, and count how many of the 280 directions curve up.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="The lower the loss, the more directions curve up.",
        no="The share of directions that curve up does not rise as the loss falls.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    runs = LESSON.train("curvature", "net", seeds=4)
    return (runs,)


@app.cell
def _(runs):
    def draw(canvas):
        (axes,) = canvas.axes
        for style, sign in enumerate(("positive", "negative")):
            lines = {
                run.seed: [(loss, dict(run.curves[sign])[step]) for step, loss in run.curves["loss"]] for run in runs
            }
            figures.curves(axes, lines, sign, style, f"share-{style}")
        figures.label(axes, "", "loss, nats: training goes from right to left", "share of the 280 eigenvalues")

    lessons.picture(draw, "Directions that curve up and down as the loss falls", "A line is a seed.")
    return


@app.cell
def _(runs):
    asked = LESSON.ask({"net": runs})
    LESSON.told(asked, "A correlation of -1 says that whenever the loss was lower, more directions curved up.")
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    width = mo.ui.slider(2, 20, 2, value=4, show_value=True, label="hidden units")
    again = mo.ui.run_button(label="Train two seeds")
    lessons.controls("## Try next\n\nIs it so in a narrower net, or in a wider one?", width, again)
    return again, width


@app.cell
def _(again, width):
    mo.stop(not again.value)
    tried = LESSON.train("curvature", "net", seeds=2, width=width.value)
    shares = zip(*(lessons.numbers(tried, f"{when}_positive").values() for when in ("first", "last")), strict=True)
    told = ", ".join(f"from {first:.2f} to {last:.2f}" for first, last in shares)
    mo.md(f"With {width.value} units the share of directions that curve up went {told}.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
