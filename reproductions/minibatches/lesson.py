"""Can stochastic gradients converge as fast as full ones, for the price of one example a step?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Stochastic gradients, a lesson")

with app.setup:
    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("sag-svrg-linear-rate", "sag-linear-sgd-loglog")


@app.cell
def _():
    LESSON.opening("""
    Gradient descent looks at every example before it takes a step, and then gets nearer to the optimum by the same
    **factor** each time: that is called linear convergence, and draws a straight line on a logarithmic axis.
    Stochastic gradient descent (SGD) looks at one example. Its steps cost next to nothing, but each is off by the
    noise of that one example, so its rate must fall, and with it the progress.

    SAG looks at one example as well, and **remembers** what each example last said; its step goes along the mean of all
    that. The memories are old, and still it is claimed to converge linearly.

    We train a linear model that tells odd digits from even ones, on 100 images, by both. Its optimum is known.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="SAG draws a straight line down, and SGD bends and flattens.",
        no="With one example a step SAG, too, flattens in the end.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    sag = LESSON.train("averaged", "quick_sag_logistic", seeds=4)
    sgd = LESSON.train("averaged", "quick_sgd_logistic", seeds=4)
    return sag, sgd


@app.cell
def _(sag, sgd):
    def draw(canvas):
        (axes,) = canvas.axes
        for style, (name, runs) in enumerate({"SAG": sag, "SGD": sgd}.items()):
            lines = {run.seed: run.curves["log10_suboptimality"] for run in runs}
            figures.curves(axes, lines, name, style, f"solver-{style}")
        figures.label(axes, "", "passes: gradients over examples", "log10 of nats above the optimum")

    lessons.picture(draw, "One gradient a step, with a memory and without", "A line is a seed, and draws its images.")
    return


@app.cell
def _(sag, sgd):
    asked = LESSON.ask({"sag_logistic": sag, "sgd_logistic": sgd})
    count = max(run.metrics["gradients_per_step"] for run in sag)
    LESSON.told(asked, f"Counted: SAG asked for {count:g} gradient a step.")
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    examples = mo.ui.slider(50, 500, 50, value=300, show_value=True, label="examples")
    again = mo.ui.run_button(label="Train two seeds")
    lessons.controls("## Try next\n\nMore examples make memories older. Does SAG need more passes?", examples, again)
    return again, examples


@app.cell
def _(again, examples):
    mo.stop(not again.value)
    more = LESSON.train("averaged", "quick_sag_logistic", seeds=2, examples=examples.value)
    ends = ", ".join(f"{run.steps / examples.value:.0f}" for run in more)
    mo.md(f"On {examples.value} examples SAG ended after so many passes: {ends}.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
