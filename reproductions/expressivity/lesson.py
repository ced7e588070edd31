"""Can a net of four units learn what a net of 512 learns?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Tiny nets, a lesson")

with app.setup:
    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("tiny-nets-weak", "parity")


@app.cell
def _():
    LESSON.opening("""
    A hidden unit draws one line through its inputs and folds the space along it. What a net of one hidden layer can say
    is made of as many folds as it has units, no more. The author holds that nets of a few units are good at
    **nothing**, and that this is why small models disappoint.

    We train nets on the parity of eight bits, whether an odd number of them is −1, on all 256 strings at once, so
    that nothing is left to guess about strings that were not seen. Whoever tosses a coin is wrong on half of them.
    As bits are turned one by one the answer goes up and down eight times.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="With 4 units the net has more strings wrong than with 512.",
        no="Four units, trained long enough, do as well.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    few = LESSON.train("tiny", "quick_4", seeds=4)
    many = LESSON.train("tiny", "quick_512", seeds=4)
    return few, many


@app.cell
def _(few, many):
    def draw(canvas):
        (axes,) = canvas.axes
        for style, (name, runs) in enumerate({"4 units": few, "512 units": many}.items()):
            figures.curves(axes, {run.seed: run.curves["test_error"] for run in runs}, name, style, f"units-{style}")
        figures.rule(axes, 50, "a coin")
        figures.label(axes, "", "optimiser steps of 64 strings", "strings told wrongly, per cent")

    lessons.picture(draw, "The parity of eight bits, by hidden units", "A line is a seed.")
    return


@app.cell
def _(few, many):
    asked = LESSON.ask({"parity_4": few, "parity_512": many})
    LESSON.told(asked)
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    width = mo.ui.slider(1, 32, 1, value=8, show_value=True, label="hidden units")
    again = mo.ui.run_button(label="Train two seeds")
    lessons.controls("## Try next\n\nHow many units does it take until no string is wrong?", width, again)
    return again, width


@app.cell
def _(again, width):
    mo.stop(not again.value)
    tried = LESSON.train("tiny", "quick_4", seeds=2, widths=[width.value])
    wrong = ", ".join(f"{share:.1f} %" for share in lessons.numbers(tried, "test_error").values())
    mo.md(f"With {width.value} units these shares of strings are wrong: {wrong}.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
