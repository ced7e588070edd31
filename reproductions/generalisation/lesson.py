"""Can a net tell a combination of things that it has never met?"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(app_title="Combinations never met, a lesson")

with app.setup:
    import marimo as mo

    from common import figures
    from suite import lessons

    LESSON = lessons.Lesson("distributed-holdout", "heldout-cell-right-above-half")


@app.cell
def _():
    LESSON.opening("""
    Let there be three things to tell of a face: is it a man, is he tall, does he wear glasses? That makes eight kinds
    of people. We train on seven of them: **tall men with glasses never come up**. A net with a unit for each
    property has seen each of the three often. A net with a class for each kind has a class that was never the answer.

    Each seed draws a world of its own, in which a property adds a direction to what is seen, under noise. Then both
    nets look at tall men with glasses. Who guesses each property by a coin is fully right in one case of eight.
    """)
    return


@app.cell
def _():
    guess = lessons.guess(
        yes="The net of properties tells more than half of them in full.",
        no="What never came together it does not put together, in half of the cases or more.",
    )
    lessons.controls("## Your guess", guess)
    return (guess,)


@app.cell
def _(guess):
    lessons.wait_for(guess)
    runs = LESSON.train("held_out_cell", "quick", seeds=6)
    return (runs,)


@app.cell
def _(runs):
    WHO = {
        "right": "a unit for\neach property",
        "local_right": "a class for\neach kind",
        "neighbour_right": "nearest\ncase",
    }

    def draw(canvas):
        (axes,) = canvas.axes
        for style, (part, name) in enumerate({"seen": "kinds it met", "held_out": "tall men with glasses"}.items()):
            for place, who in enumerate(WHO):
                shares = lessons.numbers(runs, f"{part}_{who}")
                told = name if place == 0 else ""
                figures.seeds(axes, place + 0.4 * style - 0.2, shares, style, 0.2, told, f"right-{style}-{place}")
        figures.rule(axes, LESSON.bound, "asked for")
        figures.ticks(axes, list(WHO.values()))
        figures.label(axes, "", "", "share told in full")

    lessons.picture(
        draw, "What is told in full, of kinds that were met and of one that never was", "A point is a seed."
    )
    return


@app.cell
def _(runs):
    asked = LESSON.ask({"three": runs})
    each = ", ".join(f"{share:.2f}" for share in lessons.numbers(runs, "held_out_factor_right").values())
    LESSON.told(
        asked, f"Of the single properties of tall men with glasses it tells these shares, seed by seed: {each}."
    )
    return (asked,)


@app.cell
def _(asked, guess):
    LESSON.verdict(guess.value, asked)
    return


@app.cell
def _():
    dose = mo.ui.dropdown(["0.5", "1", "2"], value="1", label="what pairs of properties add, over what each adds")
    again = mo.ui.run_button(label="Train two seeds")
    lessons.controls("## Try next\n\nAnd where a tall man looks unlike the sum of tall and man?", dose, again)
    return again, dose


@app.cell
def _(again, dose):
    mo.stop(not again.value)
    tried = LESSON.train("held_out_cell", "quick", seeds=2, entangled=float(dose.value))
    told = ", ".join(f"{share:.2f}" for share in lessons.numbers(tried, "held_out_right").values())
    mo.md(f"With a dose of {dose.value} the share of tall men with glasses that is told in full is {told}.")
    return


@app.cell
def _():
    LESSON.ending()
    return


if __name__ == "__main__":
    app.run()
