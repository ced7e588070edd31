"""Does gradient checking find a bug that is easy to overlook?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Gradients, a lesson")

with app.setup:
    from statistics import median

    import marimo as mo

    from common import figures
    from reproductions.gradients.checking import BUGS
    from suite import lessons

    BUG = "mlp_norm_mean_alone"
    LESSON = lessons.Lesson("gradient-check", f"found-{BUG}")


@app.cell
def _():
    LESSON.opening(f"""
    Whoever writes backpropagation by hand makes mistakes: a forgotten transpose, a mean where a sum is due, a step too
    early. **Gradient checking** compares the gradient with what the loss itself does when each weight is moved a little
    to either side. Where the two differ by more than a tolerance, here a relative {LESSON.bound:g}, there is a bug.

    We have planted {len(BUGS)} bugs in three nets. One of them is in batch normalisation: the backward pass knows that
    the mean was computed from the batch, and takes the deviation for a constant. The gradient that comes out points
    nearly where it should, and the net trains nearly as well.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="The check finds that bug.",
        no="It slips through: the gradient is nearly right.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    checks = LESSON.train("planted_bugs", "double")
    errors = {bug: median(lessons.numbers(checks, f"error_{bug}").values()) for bug in BUGS}
    right = max(lessons.numbers(checks, "right").values())
    return checks, errors, right


@app.cell
def _(errors, right):
    def draw(canvas):
        (axes,) = canvas.axes
        ordered = sorted(errors.values())
        axes.plot(range(len(ordered)), ordered, "o", color=figures.COLOURS[0], markersize=4, label="a bug", gid="bugs")
        figures.rule(axes, LESSON.bound, "the tolerance")
        figures.rule(axes, right, "the right code", style=1)
        figures.scaled(axes.yaxis, "log", [right, *ordered])
        figures.label(axes, "", "bugs, in the order of their error", "relative error")

    lessons.picture(draw, "What the check sees of each bug", "A point is the median of the seeds.")
    return


@app.cell
def _(checks, errors):
    asked = LESSON.ask({"double": checks})
    missed = [bug for bug, error in errors.items() if error <= LESSON.bound]
    named = "; ".join(f"`{bug}`, {BUGS[bug][1].what}: {errors[bug]:.1g}" for bug in missed)
    LESSON.told(asked, f"Its relative error is {errors[BUG]:.2g}. Of all {len(BUGS)} bugs the check misses: {named}.")
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    power = mo.ui.slider(-10, -1, 1, value=-6, show_value=True, label="power of ten of the tolerance")
    lessons.controls("## Try next\n\nWhich tolerance finds every bug, and still passes the right code?", power)
    return (power,)


@app.cell
def _(errors, power, right):
    found = sum(error > 10**power.value for error in errors.values())
    word = "passes" if right <= 10**power.value else "fails: a false alarm"
    mo.md(f"At 1e{power.value} it finds {found} of {len(errors)} bugs, and the right code {word}.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
