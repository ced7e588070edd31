"""The site in a browser: all of it is reached, works by hand and keyboard, and asks nothing of anybody."""

import os
import shutil
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

pytest.importorskip("playwright", reason="needs the dev extra")
from axe_playwright_python.sync_playwright import Axe
from filelock import FileLock
from filled import fill, words
from playwright.sync_api import sync_playwright

from suite import forecasts, registry
from suite.page import overview, record, site

pytestmark = pytest.mark.browser
FILLED = ("dropout", "parity")
SERIOUS = {"serious", "critical"}
PHONE, DESK = {"width": 375, "height": 812}, {"width": 1440, "height": 900}
FULL = "claims/parity-frontier.html"
SEEN = """[
    document.querySelector("h1").textContent,
    document.querySelectorAll("main h2").length,
    document.querySelectorAll("main a[href^='../edition-1/']").length,
    document.documentElement.scrollWidth <= innerWidth,
]"""
LOOK = {"preload": False, "resultTypes": ["violations"]}
"""Axe's own look at style sheets breaks the policy; of rules that pass it need not describe each place."""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The site of all claims, made once for all processes: two reproductions have made-up trials, others none."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REPRO_RESULTS", str(base / "filled"))
        with FileLock(base / "filled.lock"):
            if not site.folder().exists():
                fill(patch, base / "filled", FILLED)
                assert {"reproduced", "not reproduced", "not run"} <= words()
                site.write()
        yield site.folder()


@pytest.fixture(scope="module")
def chromium():
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        reason = "no chromium is installed: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium, place):
    """Opens pages, and sees to it that none complains, alerts, or asks for anything beside it."""
    contexts, faults = [], []

    def asked(root, request):
        if not request.url.startswith(root):
            faults.append(f"asked for {request.url}")

    def opened(page="index.html", root="", **settings):
        context = chromium.new_context(**{"viewport": DESK, **settings})
        contexts.append(context)
        made = context.new_page()
        made.set_default_timeout(120_000)
        made.on("console", lambda message: faults.append(f"{message.type}: {message.text}"))
        made.on("pageerror", lambda error: faults.append(str(error)))
        made.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        made.on("request", partial(asked, root or place.as_uri()))
        made.goto(f"{root or place.as_uri()}/{page}")
        return made

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def shown(page):
    """The claims that are to be seen."""
    return page.locator("li.claim:visible").evaluate_all(
        "rows => rows.map(row => row.querySelector('a[href^=claims]').pathname)"
    )


def names(paths):
    return {Path(path).stem for path in paths}


def test_every_claim_is_reached_from_the_overview_and_its_old_verdict_from_there(tab, place):
    page = tab()
    assert names(shown(page)) == set(registry.all_claims())
    old = {i for name in registry.names() for i in registry.recorded_verdicts(name, folder=registry.edition_1())}
    links = page.locator("li.claim h4 a").evaluate_all("links => links.map(link => [link.href, link.textContent])")
    for address, statement in links:
        page.goto(address)
        title, sections, older, fits = page.evaluate(SEEN)
        assert title == statement
        assert sections >= 7
        assert older >= (Path(address).stem in old)
        assert fits
    page.locator("main a[href^='../edition-1/']").first.click()
    assert "Edition 1" in page.title()


def test_links_within_the_site_lead_to_what_is_there(tab, place):
    page = tab()
    for start in ("index.html", "sources.html", FULL, "edition-1/parity-frontier.html", "modules/parity.html"):
        page.goto(f"{place.as_uri()}/{start}")
        links = page.locator("a[href]").evaluate_all("links => links.map(link => [link.href.split('#')[0], link.hash])")
        for address, anchor in dict.fromkeys(map(tuple, links)):
            target = Path(address.removeprefix("file://"))
            assert target.is_file() or address.startswith(("https://", "http://")), address
            if anchor and "=" not in anchor and target.is_file():
                assert f'id="{anchor[1:]}"' in target.read_text(encoding="utf-8"), anchor


def test_filters_choose_together_stay_in_the_address_and_let_go(tab):
    page = tab()
    known = registry.all_claims()
    page.get_by_label("Module").select_option("parity")
    assert names(shown(page)) == {i for i, (name, _) in known.items() if name == "parity"}
    page.get_by_label("Source").select_option("vitria2016intro")
    assert names(shown(page)) == {"xor-perceptron-blind"}
    assert page.url.endswith("#module=parity&source=vitria2016intro")
    assert page.get_by_text(f"1 of {len(known)} claims").is_visible()
    assert not page.locator("#surprises").is_visible(), "what is chosen stands alone"
    page.reload()
    assert names(shown(page)) == {"xor-perceptron-blind"}
    page.get_by_role("button", name="Clear").click()
    page.get_by_text(f"{len(registry.all_claims())} claims", exact=True).wait_for()
    assert len(shown(page)) == len(known)
    assert "#" not in page.url
    page.locator("select[name=verdict]").select_option("not run")
    assert len(shown(page)) > 30
    page.get_by_label("Edition 1").select_option("not run")
    assert names(shown(page)) <= {"dropout-4x2000"}


def test_a_verdict_of_the_tally_chooses_its_claims(tab):
    page = tab()
    row = page.locator(".tally a").first
    row.click()
    page.get_by_text(f"of {len(registry.all_claims())} claims").wait_for()
    assert len(shown(page)) == int(row.locator("strong").text_content())


def test_search_finds_words_ids_authors_and_says_when_there_is_nothing(tab):
    page = tab()
    page.keyboard.press("/")
    page.keyboard.type("XOR")
    assert "xor-perceptron-blind" in names(shown(page))
    assert len(shown(page)) < 5
    for words_of, claim in (
        ("vitrià xor", "xor-perceptron-blind"),
        ("adv-kl", "adv-kl-penalty"),
        ("31 bits", "parity-frontier"),
    ):
        page.get_by_label("Search").fill(words_of)
        assert claim in names(shown(page)), words_of
    page.get_by_label("Search").fill("zzzz")
    assert shown(page) == []
    page.get_by_role("button", name="Show all").click()
    page.get_by_text(f"{len(registry.all_claims())} claims", exact=True).wait_for()
    assert len(shown(page)) == len(registry.all_claims())


def test_what_is_copied_is_what_the_page_says(tab):
    page = tab(FULL, permissions=["clipboard-read", "clipboard-write"])
    entries = page.locator("#cite pre").first.text_content()
    assert entries.startswith("@misc{sutskever2015overview,")
    assert copied(page, "Copy BibTeX") == entries
    assert ".venv/bin/repro audit parity-frontier --arm adam_n25 --seed 1000" in copied(page, "Copy commands")
    assert copied(page, "Copy link") == page.url
    assert "parity-frontier" in copied(page, "Copy sentence")


def copied(page, button):
    """What the clipboard holds once a button was pressed."""
    page.evaluate("navigator.clipboard.writeText('nothing')")
    page.get_by_role("button", name=button).first.click()
    for _ in range(100):
        text = page.evaluate("navigator.clipboard.readText()")
        if text != "nothing":
            return text
        page.wait_for_timeout(100)
    return "nothing"


def test_copying_works_where_the_clipboard_is_kept_from_pages(tab):
    page = tab(FULL)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('kept')) }")
    page.evaluate("() => { document.execCommand = () => { window.copied = document.activeElement.value } }")
    page.get_by_role("button", name="Copy commands").click()
    page.get_by_text("Copied").wait_for()
    assert "repro audit parity-frontier" in page.evaluate("window.copied")


def test_a_link_into_a_folded_part_opens_it(tab):
    page = tab(f"{FULL}#check-16-solved")
    assert page.locator("#check-16-solved").is_visible()


def test_the_keyboard_reaches_the_content_and_shows_where_it_is(tab):
    page = tab(FULL)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.locator("details.controls > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#check-16-solved").is_visible()


def test_all_is_to_be_read_without_a_script(tab):
    page = tab(java_script_enabled=False)
    assert page.locator("li.claim:visible").count() == len(registry.all_claims())
    assert not page.locator("form").is_visible()
    page.locator("li.claim h4 a", has_text="25 and of 29 bits").click()
    assert page.locator("#cite pre").is_visible()
    assert not page.locator("button:visible").count()


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESK, "light")], ids=["375-dark", "1440-light"])
def test_axe_finds_no_fault_and_nothing_hangs_over(tab, place, size, scheme):
    page = tab(viewport=size, color_scheme=scheme)
    grounds = set()
    listed = "claims/dropout-little-reason-not.html"
    older = "edition-1/glorot-recommended.html"
    for address in ("index.html", "sources.html", FULL, listed, older, "modules/parity.html"):
        page.goto(f"{place.as_uri()}/{address}")
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        found = Axe().run(page, options=LOOK).response
        assert "color-contrast" in {rule["id"] for rule in found["passes"]}, "it has looked"
        assert [
            (rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"] if rule["impact"] in SERIOUS
        ] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == {"rgb(251, 250, 246)" if scheme == "light" else "rgb(21, 24, 27)"}


def test_print_shows_what_is_folded_and_leaves_out_what_can_only_be_clicked(tab):
    page = tab(FULL)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert not page.locator("button:visible, .toc:visible").count()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.locator("details.controls").evaluate("part => part.open")


def test_every_judged_seed_is_a_dot_that_names_it(tab):
    page = tab(FULL)
    titles = page.locator("#check-frontier .strip circle title").evaluate_all(
        "all => all.map(title => title.textContent)"
    )
    assert {f"seed {seed}" for seed in range(1000, 1012)} <= {title.split(":")[0] for title in titles}


def test_it_works_from_a_web_host_too(tab, place):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(place))) as host:
        Thread(target=host.serve_forever, daemon=True).start()
        page = tab(root=f"http://127.0.0.1:{host.server_port}")
        page.locator("li.claim h4 a").first.click()
        page.locator("#answer").wait_for()
        assert page.evaluate("getComputedStyle(document.querySelector('.body')).minWidth") == "0px", "its style came"
        host.shutdown()


def test_the_overview_of_a_hundred_claims_is_there_within_a_second(tab, place):
    told = overview.overview([record.read(name) for name in registry.names()])
    forecasts.forecasts.cache_clear()
    many = [replace(e, claim=replace(e.claim, id=f"{e.claim.id}-{n}")) for n in range(3) for e in told.entries][:100]
    text = site._render("overview.html", overview=replace(told, entries=tuple(many)), root="")
    (place / "hundred.html").write_text(text, encoding="utf-8")
    page = tab("index.html")
    spent = page.context.new_cdp_session(page)
    spent.send("Performance.enable", {"timeDomain": "threadTicks"})  # its own time, whatever else the machine does

    def seconds():
        return next(m["value"] for m in spent.send("Performance.getMetrics")["metrics"] if m["name"] == "TaskDuration")

    page.goto(f"{place.as_uri()}/hundred.html")
    page.get_by_text("100 claims", exact=True).wait_for()
    assert page.locator("li.claim:visible").count() == 100
    assert 0 < seconds() <= 1
    page.get_by_label("Search").fill("dropout")
    assert 0 < len(shown(page)) < 100
    assert seconds() <= 2
    (place / "hundred.html").unlink()
