"""Can one number at the start of training decide whether an LSTM learns to remember?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="The forget gate, a lesson")

with app.setup:
    from math import exp, log

    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("lstm-forget-bias-large", "recall-100")
    DELAY = 25

    def kept(bias: float) -> float:
        """The share of a cell that a forget gate of this bias and no input leaves after a step."""
        return 1 / (1 + exp(-bias))


@app.cell
def _():
    LESSON.opening(f"""
    At every step the **forget gate** of an LSTM multiplies what its cell holds by a number between 0 and 1. Before
    training that number is about sigmoid(b), where b is the gate's bias: {kept(0):.2f} for b = 0, {kept(5):.3f} for
    b = 5. What a cell held falls to 1/e of its size after **{-1 / log(kept(0)):.1f} steps** in the first case, after
    **{-1 / log(kept(5)):.0f}** in the second. The gradient that could teach the net to remember fades by as much.

    The task: name the first symbol of a sequence, one of four, after {DELAY} others that do not matter. We train the
    same LSTM of 32 units from both biases, all else equal. The claim's own check asks this over 100 steps.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="From a bias of 5 it learns to recall, from 0 it does not in the same time.",
        no="Training moves the bias to where it has to be: both learn, or neither does.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    recall = LESSON.train("recall", "quick", delay=DELAY)
    return (recall,)


@app.cell
def _(recall):
    def draw(canvas):
        (axes,) = canvas.axes
        for style, bias in enumerate((0, 5)):
            losses = {run.seed: run.curves[f"test_relative_b{bias}"] for run in recall}
            figures.curves(axes, losses, f"forget bias {bias}", style, f"bias-{bias}")
        figures.rule(axes, 1, "an answer without memory")
        figures.rule(axes, 0.1, "solved", style=1)
        figures.label(axes, "", "optimiser steps", "loss / that of an answer without memory")

    lessons.picture(
        draw,
        f"Recall over {DELAY} steps, by one number at the start",
        "A line is a seed; it ends where the task is solved.",
    )
    return


@app.cell
def _(recall):
    asked = LESSON.ask({"b5": lessons.only(recall, "_b5"), "b0": lessons.only(recall, "_b0")})
    LESSON.told(asked, f"Here it was asked over {DELAY} steps.")
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    bias = mo.ui.slider(-1, 8, 1, value=2, show_value=True, label="forget bias")
    delay = mo.ui.slider(5, 50, 5, value=DELAY, show_value=True, label="steps to recall over")
    again = mo.ui.run_button(label="Train two seeds")
    lessons.controls("## Try next\n\nHow small a bias will do, and for how long?", bias, delay, again)
    return again, bias, delay


@app.cell
def _(again, bias, delay):
    mo.stop(not again.value)
    tried = LESSON.train("recall", "quick", seeds=2, biases=[bias.value], delay=delay.value)
    solved = sum(lessons.numbers(tried, f"solved_b{bias.value}").values())
    mo.md(f"From a bias of {bias.value} {solved:.0f} of {len(tried)} seeds learn to recall over {delay.value} steps.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
