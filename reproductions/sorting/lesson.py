"""What does it mean that a net has learned to sort?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Sorting, a lesson")

with app.setup:
    from statistics import mean

    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("sort-trained-10x6", "whole-lists")
    BITS = 60  # ten numbers of six bits


@app.cell
def _():
    LESSON.opening(f"""
    The net sees ten numbers of six bits, {BITS} bits in all, and is to give the {BITS} bits of the same numbers in
    order. The source calls this easy, and gives no measure. There are three that one might mean: how many **bits** are
    right, how many **numbers**, or how many whole **lists**. The claim counts lists, as it is lists that are sorted.

    We train a net of two hidden layers of 128 units on fresh random lists, a smaller net than the claim's own and on
    far fewer lists.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="It sorts most lists without an error.",
        no="Most bits come out right, yet most lists have an error somewhere.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    nets = LESSON.train("trained", "two_hidden_quick", seeds=3)
    return (nets,)


@app.cell
def _(nets):
    def draw(canvas):
        (axes,) = canvas.axes
        for style, what in enumerate(("bit", "number", "list")):
            shares = {run.seed: run.curves[f"test_{what}_accuracy"] for run in nets}
            figures.curves(axes, shares, f"{what}s", style, what)
        figures.rule(axes, LESSON.bound, "half")
        figures.label(axes, "", "optimiser steps of 256 lists", "share that is right")
        axes.set_ylim(-0.03, 1)

    lessons.picture(draw, "Three measures of one net, on fresh lists", "A line is a seed.")
    return


@app.cell
def _(nets):
    asked = LESSON.ask({"two_hidden": nets})
    bits = mean(lessons.numbers(nets, "test_bit_accuracy").values())
    alone = f"Were each of the {BITS} bits of a list right with that chance, whatever the others are, a share of "
    half = f"of the lists would be; for half of the lists it takes {0.5 ** (1 / BITS):.1%} of the bits."
    LESSON.told(asked, f"Of the bits {bits:.0%} are right. {alone} {bits**BITS:.1g} {half}")
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _(guess):
    lessons.wait_for(guess)
    (exact,) = LESSON.train("construction", "n10_b6")
    mo.md(
        "## Such weights exist\n\nWhat training does not find may be there all the same. Written down by hand, "
        f"a net of two hidden layers and {exact.metrics['threshold_units']:.0f} units sorts random lists of ten "
        f"numbers of six bits with {exact.metrics['errors']:.0f} errors."
    )
    return


@app.cell
def _():
    width = mo.ui.slider(32, 256, 32, value=256, show_value=True, label="units in each hidden layer")
    steps = mo.ui.slider(500, 5_000, 500, value=3_000, show_value=True, label="optimiser steps")
    again = mo.ui.run_button(label="Train a seed")
    lessons.controls("## Try next\n\nWhat does more of it buy?", width, steps, again)
    return again, steps, width


@app.cell
def _(again, steps, width):
    mo.stop(not again.value)
    widths = [width.value, width.value]
    (larger,) = LESSON.train("trained", "two_hidden_quick", seeds=1, widths=widths, steps=steps.value)
    shares = ", ".join(f"{larger.metrics[f'test_{of}_accuracy']:.1%} of {of}s" for of in ("bit", "number", "list"))
    mo.md(f"After {steps.value} steps of two layers of {width.value} units are right: {shares}.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
