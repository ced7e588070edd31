"""Laws of n-grams, series, bags of words and deals, each beside a second way to compute it, and of what is asked."""

import math
from collections import Counter
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from common import datasets
from suite import commands, registry
from suite.claims import Check
from suite.questions import Observation

commands.prepare(None)

from sklearn.naive_bayes import MultinomialNB  # noqa: E402 - the backend is chosen first

from reproductions.language import bags, ngrams, sentences, series  # noqa: E402
from reproductions.language.studies import characters, polarity  # noqa: E402
from reproductions.language.studies import series as foretold  # noqa: E402

SIZE = 4
THREE = ((0.6, 0.6, 0.6), (0.5, 1.0, 1.4), (0.7, 1.3, 2.0))


def text(seed: int, length: int = 60, pieces: int = 3) -> list[NDArray[np.int64]]:
    """Pieces of a text of four symbols, some of which follow others often."""
    generator = np.random.default_rng(seed)
    return [np.cumsum(generator.choice([0, 1, 1, 2], length)) % SIZE for _ in range(pieces)]


def by_hand(pieces: Any, context: tuple[int, ...], symbol: int, kind: str, three: Any, top: bool = True) -> float:
    """The probability of a symbol by the definition: counts of tuples, from the highest order down."""
    order = len(context) + 1
    if order == 1 and not three:
        return 1 / SIZE
    tuples = [tuple(map(int, piece[i : i + order])) for piece in pieces for i in range(len(piece) - order + 1)]
    counts = Counter(tuples)
    if kind == "continuation" and not top:
        longer = {tuple(map(int, piece[i : i + order + 1])) for piece in pieces for i in range(len(piece) - order)}
        counts = Counter(gram[1:] for gram in longer)
    follow = {gram[-1]: count for gram, count in counts.items() if gram[:-1] == context}
    below = by_hand(pieces, context[1:], symbol, kind, three[:-1], top=False) if order > 1 else 1 / SIZE
    if not follow:
        return below
    own = follow.get(symbol, 0)
    taken = [three[-1][min(count, 3) - 1] for count in follow.values()]
    kept = max(own - three[-1][min(own, 3) - 1], 0) if own else 0
    return float((kept + sum(taken) * below) / sum(follow.values()))


@pytest.mark.parametrize("kind", ngrams.KINDS)
def test_the_probability_of_every_symbol_is_that_by_its_definition_and_they_sum_to_one(kind: str) -> None:
    pieces = text(1)
    known = ngrams.levels(pieces, 3, SIZE)
    model = ngrams.Chosen(3, kind, THREE, 0.0)
    for context in product(range(SIZE), repeat=2):
        found = []
        for symbol in range(SIZE):
            piece = np.array([*context, symbol])
            asked = [ngrams.spelled([piece], n, SIZE, 2) for n in (1, 2, 3)]
            found.append(math.exp(-ngrams.nats(known, model, asked, SIZE)))
            assert found[-1] == pytest.approx(by_hand(pieces, context, symbol, kind, THREE), rel=1e-12)
        assert sum(found) == pytest.approx(1, rel=1e-12)


def test_an_n_gram_lies_within_its_piece_and_spells_its_symbols() -> None:
    pieces = [np.array([1, 2, 3]), np.array([3, 0, 1])]
    assert ngrams.spelled(pieces, 2, SIZE, 0).tolist() == [6, 11, 12, 1]
    assert ngrams.spelled(pieces, 2, SIZE, 2).tolist() == [11, 1]
    assert ngrams.spelled(pieces, 1, SIZE, 2).tolist() == [3, 1]
    with pytest.raises(ValueError, match="do not fit into 63 bits"):
        ngrams.spelled(pieces, 40, SIZE, 0)


def test_what_validation_chooses_is_no_worse_there_than_any_other_that_was_tried() -> None:
    pieces, validation = text(1, 400), text(2, 400, 1)
    known = ngrams.levels(pieces, 4, SIZE)
    held = [ngrams.spelled(validation, n, SIZE, 3) for n in range(1, 5)]
    models = ngrams.chosen(known, held, SIZE)
    assert [model.order for model in models] == [1, 2, 3, 4]
    for model in models:
        assert model.nats == pytest.approx(ngrams.nats(known, model, held, SIZE))
        for kind, three in product(ngrams.KINDS, (*ngrams.FLAT, *ngrams.STEEP)):
            other = ngrams.Chosen(model.order, kind, (three,) * model.order, 0.0)
            assert model.nats <= ngrams.nats(known, other, held, SIZE) + 0.02
    assert models[1].nats < models[0].nats - 0.1  # what follows what is known


def test_nets_and_n_grams_are_asked_for_the_same_characters() -> None:
    pieces = np.arange(2 * characters.PIECE).reshape(2, -1)
    asked = characters.windows(pieces).y[:, characters.HALF :]
    of_n_grams = ngrams.spelled(list(pieces), 1, 2**40, characters.HALF + 1)
    assert sorted(asked.ravel().tolist()) == sorted(of_n_grams.tolist())
    trained = characters.windows(pieces, 1)
    assert sorted(trained.y.ravel().tolist()) == sorted(pieces[:, 1:].ravel().tolist())
    assert (trained.y[:, :-1] == trained.x[:, 1:]).all()


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """272 pieces, each of one symbol of its own."""
    made = np.repeat(np.arange(272)[:, None], characters.PIECE, axis=1)
    monkeypatch.setattr(characters, "pieces", lambda: (272, made))


def test_a_deal_shares_no_piece_and_pilots_are_judged_by_others(letters: None) -> None:
    sizes = (195, 8, 16)
    deals = {judged: characters.dealt(7, sizes, judged)[1:] for judged in ("test", "validation")}
    for parts in deals.values():
        drawn = [set(part[:, 0].tolist()) for part in parts]
        assert sum(map(len, drawn)) == len(set.union(*drawn)) == sum(sizes)
    assert not set(deals["test"][2][:, 0]) & set(deals["validation"][2][:, 0])
    assert set(characters.dealt(8, sizes, "test")[3][:, 0]) != set(deals["test"][2][:, 0])


def test_a_net_of_characters_knows_no_more_than_came_before() -> None:
    net = characters.built("gru", SIZE, 3)
    x = np.array([[0, 1, 2, 3, 0, 1]])
    changed = x.copy()
    changed[0, 4] = 2
    one, other = (np.asarray(net(a)) for a in (x, changed))
    assert one[0, :4] == pytest.approx(other[0, :4], abs=1e-6)
    assert abs(one[0, 4:] - other[0, 4:]).max() > 1e-3


def test_the_rate_of_characters_falls_along_half_a_cosine() -> None:
    rate = characters.Falling(0.2, 100)
    assert [float(rate(step)) for step in (0, 50, 100, 130)] == pytest.approx([0.2, 0.1, 0, 0], abs=1e-7)


@pytest.mark.parametrize("name", series.NAMES)
def test_a_series_is_that_of_its_seed_cut_in_time_in_units_of_its_training_part(name: str) -> None:
    cut, again, other = (series.parts(name, seed, "test", (200, 30, 50)) for seed in (3, 3, 4))
    assert cut.train.mean() == pytest.approx(0, abs=1e-9)
    assert cut.train.std() == pytest.approx(1)
    assert np.array_equal(cut.test, again.test)
    assert np.array_equal(cut.test, other.test) == (name == "sunspots")
    assert np.isfinite(np.concatenate([cut.train, cut.validation, cut.test])).all()


def test_sunspots_are_of_288_years_and_pilots_do_not_see_those_that_verdicts_are_of() -> None:
    assert len(series.SUNSPOTS) == 1987 - 1700 + 1 == sum(series.YEARS["test"])
    assert (min(series.SUNSPOTS), series.SUNSPOTS[1957 - 1700]) == (0, 190.2)
    assert sum(series.YEARS["validation"]) == sum(series.YEARS["test"][:2])


def test_mackey_glass_is_what_a_finer_integration_comes_to(monkeypatch: pytest.MonkeyPatch) -> None:
    coarse = series.mackey_glass(np.random.default_rng(0), 40)
    monkeypatch.setattr(series, "FINE", 200)
    assert series.mackey_glass(np.random.default_rng(0), 40) == pytest.approx(coarse, abs=0.02)


def test_windows_end_before_what_they_foretell() -> None:
    x, y = series.windows(np.arange(10.0, 20.0), np.arange(10.0), 3, 2)
    assert (x[0].tolist(), y[0].tolist()) == ([7, 8, 9], [10, 11])
    assert (x[-1].tolist(), y[-1].tolist()) == ([15, 16, 17], [18, 19])


def test_an_autoregression_finds_the_weights_of_one_without_noise_and_goes_on_as_it_does() -> None:
    values = np.zeros(120)
    values[:2] = 1.0, 0.4
    for t in range(2, 120):
        values[t] = 1.5 * values[t - 1] - 0.99 * values[t - 2]
    weights = series.autoregression(values[:80], values[80:], 4)
    x, y = series.windows(values[80:], values[:80], 4, 6)
    assert series.iterated(weights, x, 6) == pytest.approx(y, abs=1e-6)
    assert weights[:1] == pytest.approx(0, abs=1e-9)


def test_errors_beside_the_last_value_and_the_mean_are_those_by_hand_20_steps_ahead_too() -> None:
    class Doubling:
        """Foretells twice the last value."""

        def __call__(self, x: Any, training: bool = False) -> Any:
            return 2 * x[:, -1:]

    x, y = np.array([[1.0, 2.0], [0.0, -1.0]], "float32"), np.array([[3.0, 9.0, 20.0], [-2.0, -5.0, -8.0]], "float32")
    found = {name: float(value) for name, value in foretold.both_errors(Doubling(), x, y).items()}
    assert found == pytest.approx({"one": (1 + 0) / 2, "twenty": ((16 - 20) ** 2 + 0) / 2})
    told = foretold.compared(x, y, found["one"], found["twenty"])
    mean = (9 + 4) / 2
    assert told["one_step"] == pytest.approx(0.5 / mean)
    assert told["persistence_one"] == pytest.approx((1 + 1) / 2 / mean)
    assert told["persistence_twenty"] == pytest.approx((18**2 + 7**2) / (20**2 + 8**2))


def made_up(seed: int, count: int = 60) -> sentences.Part:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 2, count).astype(np.int32)
    words = [("good", "fine", "a", "film") if label else ("bad", "dull", "a", "film") for label in labels]
    drawn = tuple(tuple(generator.choice([*own, "the", "of"], 5)) for own in words)
    return sentences.Part(drawn, labels)


def test_naive_bayes_is_that_of_scikit_learn() -> None:
    deal = sentences.Deal(made_up(0), made_up(1), made_up(2))
    places = sorted({word for sentence in deal.train.sentences for word in sentence})

    def counted(part: sentences.Part) -> NDArray[np.int64]:
        return np.array([[word in sentence for word in places] for sentence in part.sentences], int)

    other = MultinomialNB(alpha=1.0).fit(counted(deal.train), deal.train.labels)
    ratios = bags.log_ratios(csr_matrix(counted(deal.train)), deal.train.labels, 1.0)
    assert ratios == pytest.approx(other.feature_log_prob_[1] - other.feature_log_prob_[0])
    (scores,) = bags._naive_bayes(csr_matrix(counted(deal.train)), deal.train.labels, (1.0,))
    assert ((scores(csr_matrix(counted(deal.test))) > 0) == other.predict(counted(deal.test))).all()


def test_bags_learn_what_words_tell_and_nothing_shows_where_the_judged_labels_are_drawn() -> None:
    """The planted fault: judged labels that have nothing to do with the sentences."""
    sound = sentences.Deal(made_up(0, 400), made_up(1, 200), made_up(2, 1066))
    drawn = sentences.Part(sound.test.sentences, np.random.default_rng(5).permutation(sound.test.labels))
    asked = check("syntax-free-text", "bags-beats-majority").asks
    for test, answer in ((sound.test, "yes"), (drawn, "no")):
        deal = sentences.Deal(sound.train, sound.validation, test)
        found = polarity.counted(deal, {"net": "bags", "names": ["naive_bayes"]})
        assert asked.answer(row({"bags": found})) == answer


def test_pairs_are_words_and_what_stands_side_by_side() -> None:
    assert bags._pairs(("not", "good", "not")) == ["not", "good", "not", "not good", "good not"]


@pytest.fixture
def reviews(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = tuple(tuple((word, str(n)) for n in range(5_331)) for word in ("praise", "blame"))
    monkeypatch.setattr(sentences, "tokens", lambda: sides)


def test_a_deal_of_sentences_is_whole_balanced_and_another_for_each_seed(reviews: None) -> None:
    deal, other = sentences.dealt(1, "test"), sentences.dealt(2, "test")
    parts = {"train": 8_636, "validation": 960, "test": 1_066}
    for name, size in parts.items():
        part = getattr(deal, name)
        assert len(part.sentences) == len(part.labels) == size
        assert part.labels.mean() == 0.5
        assert all((s[0] == "praise") == bool(label) for s, label in zip(part.sentences, part.labels, strict=True))
    assert len({s for name in parts for s in getattr(deal, name).sentences}) == sum(parts.values())
    assert set(deal.test.sentences) != set(other.test.sentences)
    pilot = sentences.dealt(1, "validation", 400)
    assert not set(pilot.test.sentences) & set(deal.test.sentences)
    assert not set(pilot.train.sentences) & {*deal.test.sentences, *pilot.test.sentences}
    assert len(pilot.train.sentences) == 400


def test_sentences_are_numbers_of_their_last_tokens_and_keep_their_words_when_they_are_mixed() -> None:
    part = sentences.Part((("a", "a", "film"), ("film", "of", "a", "kind")), np.array([1, 0], np.int32))
    known = sentences.vocabulary(part, 4)
    assert known == {"a": 2, "film": 3}
    assert sentences.encoded(part, known, 3).tolist() == [[2, 2, 3], [1, 2, 1]]
    assert sentences.encoded(part, known, 4)[0].tolist() == [0, 2, 2, 3]
    mixed = sentences.scrambled(made_up(3), 1)
    assert all(sorted(a) == sorted(b) for a, b in zip(made_up(3).sentences, mixed.sentences, strict=True))
    assert mixed.sentences != made_up(3).sentences


def test_the_mean_of_vectors_leaves_out_blanks_and_the_order_of_words_while_filters_see_it() -> None:
    x = np.array([[0, 0, 2, 3, 4, 5], [0, 0, 5, 4, 3, 2]], np.int32)
    mean, cnn = (np.asarray(polarity.built(net, 8, 6, 4, 5)(x)) for net in ("averaged", "cnn"))
    assert mean[0] == pytest.approx(mean[1], abs=1e-6)
    assert abs(cnn[0] - cnn[1]).max() > 1e-5


def check(claim: str, name: str) -> Check:
    (found,) = (c for one in registry.claims("language") if one.id == claim for c in one.each() if c.id == name)
    return found


def row(arms: dict[str, Any]) -> dict[str, Observation]:
    return {arm: Observation(1000, metrics, failed=False, dataset="") for arm, metrics in arms.items()}


@pytest.mark.parametrize(("bag", "answer"), [(0.760, "yes"), (0.759, "no"), (0.770, "yes")])
def test_a_bag_that_is_right_as_often_is_no_worse(bag: float, answer: str) -> None:
    told = {"bags": bag, "cnn": 0.760, "lstm": 0.740}
    found = row({arm: {"test_accuracy": value} for arm, value in told.items()})
    assert check("syntax-free-text", "bag-at-least-order-aware").asks.answer(found) == answer


@pytest.mark.parametrize(("accuracy", "answer"), [(0.53, "no"), (0.60, "yes")])
@pytest.mark.parametrize("arm", ["cnn", "lstm"])
def test_nets_that_tell_no_more_than_a_constant_answer_are_seen(arm: str, accuracy: float, answer: str) -> None:
    asked = check("syntax-free-text", f"{arm}-beats-majority").asks
    assert asked.answer(row({arm: {"test_accuracy": accuracy}})) == answer


@pytest.mark.parametrize(("nats", "answer"), [(2.4, "yes"), (2.5, "no")])
def test_a_net_that_uses_the_last_character_alone_is_seen(nats: float, answer: str) -> None:
    asked = check("char-rnn-effective", "beats-bigram").asks
    found = row({"gru": {"test_nats": nats}, "ngrams": {"test_nats_2": 2.45, "test_nats": 1.6}})
    assert asked.answer(found) == answer


@pytest.mark.parametrize("name", ["sunspots", "sines"])
def test_an_autoregression_beats_the_last_value_unless_it_is_broken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: its weights the wrong way round in time."""
    settings = {"series": name, "net": "ar", "rate": 0.0, "judged": "test", "lengths": [300, 60, 100]}
    asked = check("lstm-time-series", f"ar-{name}").asks
    right = series.autoregression
    for answer in ("yes", "no"):
        (trial,) = foretold.run(settings, [5], 1)
        assert asked.answer(row({f"{name}_ar": trial.metrics})) == answer
        monkeypatch.setattr(series, "autoregression", lambda *a: np.concatenate([right(*a)[:1], right(*a)[:0:-1]]))


def test_published_sentences_give_bags_of_words_what_was_published() -> None:
    """One deal, in which 1.3 points are a deviation; the module's README has the mean of many."""
    if not datasets.at_hand("sentence_polarity"):
        pytest.skip("sentence polarity is not at hand: set MR_DATA_DIR")
    found = bags.as_published(sentences.dealt(20_000, "test"), pairs=False)
    assert found["nb_svm"] == pytest.approx(0.781, abs=0.035)
