"""What becomes of two nets that play against each other when one takes the larger steps?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Two nets at play, a lesson")

with app.setup:
    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("gan-small-step", "fewer-modes-at-10x")


@app.cell
def _():
    LESSON.opening("""
    A **generator** turns noise into points. A **discriminator** is shown those and real ones and says which are which;
    the generator moves to where it is fooled. Real points come from eight clusters on a ring. A generator that puts all
    of its points into one of them fools the discriminator for a moment, until that has learned to mistrust the place.

    We train both at once by plain SGD, from the same weights: with equal rates, and with the generator's ten times the
    discriminator's. A cluster is covered where at least one in eighty of the points lies.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="The generator that takes large steps covers fewer clusters.",
        no="It gets around the ring sooner and covers as many.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    small = LESSON.train("ring", "quick_ratio_1", seeds=4)
    large = LESSON.train("ring", "quick_ratio_1", seeds=4, ratio=10.0)
    return large, small


@app.cell
def _(large, small):
    def draw(canvas):
        (axes,) = canvas.axes
        for style, (name, runs) in enumerate({"equal rates": small, "ten times": large}.items()):
            lines = {run.seed: run.curves["ring_modes"] for run in runs}
            figures.curves(axes, lines, name, style, f"ratio-{style}")
        figures.label(axes, "", "steps of both nets", "clusters covered, of eight")

    lessons.picture(draw, "Clusters covered as two nets play", "A line is a seed.")
    return


@app.cell
def _(large, small):
    asked = LESSON.ask({"ratio_10": large, "ratio_1": small})
    shares = [f"{sum(run.metrics['d_accuracy'] for run in runs) / len(runs):.2f}" for runs in (small, large)]
    LESSON.told(asked, f"The discriminator is right in {shares[0]} of cases at equal rates, else in {shares[1]}.")
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    ratio = mo.ui.dropdown(["0.1", "0.3", "3", "30"], value="3", label="the generator's rate over the discriminator's")
    again = mo.ui.run_button(label="Train two seeds")
    lessons.controls("## Try next\n\nWhere does it begin to matter?", ratio, again)
    return again, ratio


@app.cell
def _(again, ratio):
    mo.stop(not again.value)
    tried = LESSON.train("ring", "quick_ratio_1", seeds=2, ratio=float(ratio.value))
    told = ", ".join(f"{count:.1f}" for count in lessons.numbers(tried, "modes").values())
    mo.md(f"At a ratio of {ratio.value} so many clusters are covered: {told}.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
