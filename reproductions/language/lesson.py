"""Can an LSTM foretell the next value of a series better than saying that all stays as it is?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="An LSTM and a series, a lesson")

with app.setup:
    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("lstm-time-series", "beats-mackey_glass")


@app.cell
def _():
    LESSON.opening("""
    The equation of **Mackey and Glass** describes how many blood cells there are: their number falls by itself, and
    rises by how many there were 17 units of time ago. Its solution never repeats itself, and a step ahead it hardly
    changes: whoever says that the next value is the last one errs little.

    We train an LSTM of 8 units to foretell the next value from the last 32. Errors are squared, and told in
    units of the error of saying the mean at all times.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="The LSTM errs less than the last value and than the mean.",
        no="The last value, or the mean, is as good.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    trained = LESSON.train("series", "quick", seeds=4)
    return (trained,)


@app.cell
def _(trained):
    def draw(canvas):
        (axes,) = canvas.axes
        lines = {run.seed: [(step, error) for step, error in run.curves["one_step"] if step] for run in trained}
        figures.curves(axes, lines, "LSTM", 0, "lstm")
        last = trained[0].metrics["persistence_one"]
        figures.rule(axes, last, "the last value")
        figures.label(axes, "", "updates", "squared error, in units of the mean's")
        figures.scaled(axes.yaxis, "log", [last, *(error for line in lines.values() for _, error in line)])

    lessons.picture(draw, "An LSTM on the series of Mackey and Glass", "A line is a seed.")
    return


@app.cell
def _(trained):
    asked = LESSON.ask({"mackey_glass_lstm": trained})
    far = ", ".join(f"{value:.2f}" for value in lessons.numbers(trained, "twenty_steps").values())
    LESSON.told(
        asked, f"20 steps ahead, fed with what it foretold itself, it errs, seed by seed: {far}; the mean by 1."
    )
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    name = mo.ui.dropdown(["sines", "henon", "regimes"], value="henon", label="another series")
    again = mo.ui.run_button(label="Train two seeds")
    lessons.controls("## Try next\n\nIs it so for other series?", name, again)
    return again, name


@app.cell
def _(again, name):
    mo.stop(not again.value)
    tried = LESSON.train("series", "quick", seeds=2, series=name.value)
    errors = ", ".join(f"{value:.2f}" for value in lessons.numbers(tried, "over_persistence").values())
    mo.md(f"On {name.value} the error of the LSTM, in units of that of the last value, is {errors}.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
