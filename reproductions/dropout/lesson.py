"""Is dropout of use to a small net?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Dropout, a lesson")

with app.setup:
    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("dropout-only-large-nets", "small-no-gain")


@app.cell
def _():
    LESSON.opening("""
    **Dropout** switches off each hidden unit with probability 1/2 and each input with probability 1/5, anew at every
    step of training. In tests all are on. It keeps a net from leaning on any one unit, and so from learning its
    training images by heart. It also takes units away: a net that has none to spare may only get worse.

    We train two nets of two hidden layers, with and without dropout from the same initial weights. One has **16 units**
    a layer and sees 2000 images a few times. The other has **256 units** a layer, far fewer than the 1000 of the
    sentence, and only 300 images, which it sees again and again.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="The sentence is right: dropout is of no use to the net of 256 units either.",
        no="Dropout lowers the error of the net of 256 units.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    narrow = LESSON.train("grid", "quick_width16", seeds=4)
    wide = LESSON.train("grid", "quick_width256", seeds=4)
    return narrow, wide


@app.cell
def _(narrow, wide):
    def draw(canvas):
        for axes, (units, runs) in zip(canvas.axes, {16: narrow, 256: wide}.items(), strict=True):
            columns = [lessons.numbers(runs, f"{kind}_test_error") for kind in ("plain", "dropout")]
            for place, errors in enumerate(columns):
                figures.seeds(axes, place, errors, place, 0.0, "", f"units{units}-{place}")
            figures.pairs(axes, [list(enumerate(pair)) for pair in zip(*(c.values() for c in columns), strict=True)])
            figures.label(axes, f"Two layers of {units} units", "", "errors on validation images, %")
            figures.ticks(axes, ["without", "with dropout"])

    lessons.picture(draw, "The same start, without and with dropout", "A line joins the two nets of a seed.", panels=2)
    return


@app.cell
def _(narrow, wide):
    asked = LESSON.ask({"width200_depth2": wide})
    mo.vstack(
        [
            mo.md("**16 units.**"),
            LESSON.told(LESSON.ask({"width200_depth2": narrow})),
            mo.md("**256 units.**"),
            LESSON.told(asked),
        ]
    )
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    width = mo.ui.slider(8, 256, 8, value=32, show_value=True, label="units a layer")
    images = mo.ui.slider(100, 1_000, 100, value=300, show_value=True, label="training images")
    again = mo.ui.run_button(label="Train two seeds")
    lessons.controls("## Try next\n\nIs it the width that matters, or the images?", width, images, again)
    return again, images, width


@app.cell
def _(again, images, width):
    mo.stop(not again.value)
    tried = LESSON.train("grid", "quick_width256", seeds=2, width=width.value, images=images.value, epochs=60)
    gains = ", ".join(f"{gain:+.1f}" for gain in lessons.numbers(tried, "gain").values())
    mo.md(
        f"Dropout changed the errors of {width.value} units on {images.value} images by so many points saved: {gains}."
    )
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
