"""What does it cost a net when its inputs have a mean of 100?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Centred inputs, a lesson")

with app.setup:
    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("centre-inputs", "more-updates-mean-100")


@app.cell
def _():
    LESSON.opening("""
    A weight changes by its input times the gradient of its unit. Where every input lies near 100, all weights of a unit
    are told almost the same thing, a hundred times too loudly, whatever the image shows. A smaller rate makes the
    steps small again. What it cannot do is to make them differ.

    We train a net of 64 ReLU units on 1000 images of digits. Its pixels are centred: their mean is 0 and their variance
    about 1. Beside it trains the same net on the same pixels plus 100, at a rate that suits it better. How many updates
    until the loss is 1? Knowing nothing costs 2.3.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="Centred inputs take fewer updates, even where each has a rate that suits it.",
        no="With a rate that suits it, a mean of 100 does no harm.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    centred = LESSON.train("offsets", "quick_centred")
    moved = LESSON.train("offsets", "quick_mean_100")
    return centred, moved


@app.cell
def _(centred, moved):
    def draw(canvas):
        (axes,) = canvas.axes
        shown = []
        for style, (name, runs) in enumerate({"centred": centred, "mean 100": moved}.items()):
            lines = {run.seed: run.curves["held_out_loss"] for run in runs}
            figures.curves(axes, lines, name, style, f"mean-{style}")
            shown += [loss for line in lines.values() for _, loss in line]
        figures.rule(axes, 1, "target")
        figures.label(axes, "", "updates", "loss on held-out images (nats)")
        figures.scaled(axes.yaxis, "log", shown)

    lessons.picture(draw, "The same images, centred and with a mean of 100", "A line is a seed; it ends at the target.")
    return


@app.cell
def _(centred, moved):
    asked = LESSON.ask({"centred": centred, "mean_100": moved})
    longer, cut = (lessons.numbers(runs, "first_step_norm") for runs in (moved, centred))
    times = ", ".join(f"{longer[seed] / cut[seed]:.0f}" for seed in longer if seed in cut)
    LESSON.told(asked, f"At the same rate the first update at a mean of 100 is longer, seed by seed, {times} times.")
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    mean = mo.ui.dropdown(["0.3", "1", "3", "10"], value="1", label="mean of the inputs")
    again = mo.ui.run_button(label="Train two seeds")
    lessons.controls("## Try next\n\nHow large a mean can the net bear at the rate of centred inputs?", mean, again)
    return again, mean


@app.cell
def _(again, mean):
    mo.stop(not again.value)
    tried = LESSON.train("offsets", "quick_centred", mean=float(mean.value))
    told = ", ".join(f"{count:.0f}" for count in lessons.numbers(tried, "updates").values())
    mo.md(
        f"At a mean of {mean.value} the updates are {told or 'none: it diverged'}; 300 is where training was cut off."
    )
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
