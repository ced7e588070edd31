"""Can a net learn the parity of 31 bits, and does it matter where it starts?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Parity, a lesson")

with app.setup:
    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("parity-31-possible", "rademacher-solves")


@app.cell
def _():
    LESSON.opening("""
    **Parity** asks whether a string of bits, coded +1 and −1, holds an odd number of −1. Flip any one bit and the
    answer flips. No bit alone, nor any few of them, says anything about it: only all 31 together do. That leaves
    gradient descent little to go by, and the author of the sentence had not got beyond 30 bits.

    We train one net of 512 ReLU units on random strings, each seen once, in two ways that differ **in the first
    layer's initial weights alone**: Glorot's usual ones, uniform around zero, and ±1/√31, equal in size with random
    signs. Whoever tosses a coin is right on half of the strings.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="From ±1/√31 the net learns the parity of fresh strings.",
        no="From ±1/√31, too, it goes on tossing a coin.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    signs = LESSON.train("initialisation", "rademacher", seeds=4, steps=6_000)
    glorot = LESSON.train("initialisation", "rademacher", seeds=4, steps=6_000, init="glorot")
    return glorot, signs


@app.cell
def _(glorot, signs):
    def draw(canvas):
        (axes,) = canvas.axes
        for style, (name, runs) in enumerate({"±1/√31": signs, "Glorot": glorot}.items()):
            figures.curves(axes, {run.seed: run.curves["test_accuracy"] for run in runs}, name, style, f"start-{style}")
        figures.rule(axes, LESSON.bound, "the claim's bound")
        figures.rule(axes, 0.5, "a coin", style=1)
        figures.label(axes, "", "optimiser steps of 256 strings", "accuracy on fresh strings")

    lessons.picture(draw, "The parity of 31 bits, by where the net starts", "A line is a seed.")
    return


@app.cell
def _(signs):
    asked = LESSON.ask({"rademacher": signs})
    LESSON.told(asked)
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    noise = mo.ui.slider(0, 0.5, 0.05, value=0.2, show_value=True, label="noise on the signs, relative to their size")
    again = mo.ui.run_button(label="Train two seeds")
    lessons.controls("## Try next\n\nHow exactly equal must the weights be? Add Gaussian noise to them.", noise, again)
    return again, noise


@app.cell
def _(again, noise):
    mo.stop(not again.value)
    noisy = LESSON.train("initialisation", "rademacher", seeds=2, steps=6_000, noise=noise.value)
    tried = ", ".join(f"{share:.2f}" for share in lessons.numbers(noisy, "test_accuracy").values())
    mo.md(f"With noise of {noise.value:g} the net is right on these shares of fresh strings: {tried}.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
