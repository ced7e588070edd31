"""What does it take to train a recurrent net at ten times the rate?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Clipping, a lesson")

with app.setup:
    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("rnn-clipping-huge", "rnn-better")


@app.cell
def _():
    LESSON.opening("""
    A recurrent net multiplies by the same matrix at every step of time, and so does its gradient on the way back. Now
    and then that gradient is enormous, and one step of gradient descent throws the weights far away. **Clipping** at 5
    leaves a gradient whose norm is at most 5 as it is, and shortens a longer one to 5. Its direction stays.

    We train a small recurrent net of 16 tanh units to count, in a stream of 30 bits, the ones since the last reset. We
    train it at four rates, from about 0.03 to 1, with and without clipping. A rate is of use where training ends no
    worse than knowing nothing (within a tenth).
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="Clipped at 5, the net trains at rates at which the other one fails.",
        no="Both fail at the same rates: a rate that is too large is too large.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    scan = LESSON.train("scan", "quick", clips=["none", "5"])
    return (scan,)


@app.cell
def _(scan):
    def lines(runs, clip):
        return {run.seed: [(10 ** (x / 100), loss) for x, loss in run.curves[f"loss_{clip}"]] for run in runs}

    def draw(canvas):
        (axes,) = canvas.axes
        for style, (clip, name) in enumerate({"none": "not clipped", "5": "clipped at 5"}.items()):
            figures.curves(axes, lines(scan, clip), name, style, f"clip-{clip}")
        figures.rule(axes, 1, "knowing nothing")
        figures.label(axes, "", "learning rate", "loss at the end / that of knowing nothing")
        shown = [loss for clip in ("none", "5") for line in lines(scan, clip).values() for _, loss in line]
        figures.scaled(axes.xaxis, "log", [0.03, 1])
        figures.scaled(axes.yaxis, "log", shown)

    lessons.picture(
        draw,
        "Counting since the last reset: which rates are of use",
        "A line is a seed; training that ended in no number is left out.",
    )
    return


@app.cell
def _(scan):
    asked = LESSON.ask({"rnn": scan})
    wider = ", ".join(f"{10**decades:.3g}" for decades in lessons.numbers(scan, "range_5").values())
    LESSON.told(asked, f"Clipping raises the largest rate that is of use, seed by seed, by a factor of {wider}.")
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    clip = mo.ui.dropdown(["0.1", "0.5", "1", "2", "20", "100"], value="1", label="norm at which to clip")
    again = mo.ui.run_button(label="Train two seeds")
    lessons.controls("## Try next\n\nDoes it matter at which norm? Try one that is hardly ever reached.", clip, again)
    return again, clip


@app.cell
def _(again, clip):
    mo.stop(not again.value)
    tried = LESSON.train("scan", "quick", seeds=2, clips=["none", clip.value])
    factors = ", ".join(f"{10**by:.3g}" for by in lessons.numbers(tried, f"range_{clip.value}").values())
    mo.md(f"Clipped at {clip.value} the largest rate that is of use is larger by a factor of {factors}.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
