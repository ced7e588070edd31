"""Should a net learn what a stroke looks like once, or at every place anew?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Shared filters, a lesson")

with app.setup:
    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("parameter-sharing-helps", "conv-below-local")


@app.cell
def _():
    LESSON.opening("""
    A convolutional layer looks at every place of a picture through the same few windows. Its eight filters of 5×5
    pixels have 208 weights and biases. A **locally connected** layer looks through windows of the same size, but learns
    what to look for at each of 100 places by itself: 20 800 numbers, from the same pictures.

    We train both on 500 small pictures of digits, with ten outputs on top. A stroke may look alike everywhere. Or it
    may pay to know where one is.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="Shared filters err less on pictures that neither has seen.",
        no="Filters of each place err no more: they can learn whatever shared ones can.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    rates = {"conv": 0.003, "local": 0.003}
    plain = LESSON.train("sharing", "quick_local", seeds=4, rates=rates, steps=400)
    return plain, rates


@app.cell
def _(plain):
    def draw(canvas):
        (axes,) = canvas.axes
        names = {"conv_error": "shared", "local_error": "each place"}
        for place, metric in enumerate(names):
            figures.seeds(axes, place, lessons.numbers(plain, metric), place, 0.3, names[metric], f"net-{place}")
        figures.ticks(axes, list(names.values()))
        figures.label(axes, "", "filters", "wrong labels on validation images (per cent)")

    lessons.picture(draw, "500 pictures, filters shared or not", "A point is a seed.")
    return


@app.cell
def _(plain):
    asked = LESSON.ask({"plain": plain})
    LESSON.told(asked)
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    form = mo.ui.dropdown(["permuted", "signed"], value="permuted", label="exchanged, or each with a sign")
    again = mo.ui.run_button(label="Train two seeds")
    lessons.controls("## Try next\n\nWhat if pixels change places, or strokes look different at each?", form, again)
    return again, form


@app.cell
def _(again, form, rates):
    mo.stop(not again.value)
    other = LESSON.train("sharing", "quick_local", seeds=2, rates=rates, steps=400, form=form.value)
    gains = ", ".join(f"{gain:.1f}" for gain in lessons.numbers(other, "advantage").values())
    mo.md(f"Now sharing gains so many points of per cent: {gains}.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
