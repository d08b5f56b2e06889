"""The page in a browser: it opens, steps, links lines, and shows the way of a nan."""

import re
from pathlib import Path

import numpy as np
import pytest

import adjoint
from tests.explorer.browser import opened, started
from tests.explorer.programs import long_loop, nested, norm_at_zero, rnn, rnn_arguments

TRIPS = 6
MOVE = "(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input')); }"


@pytest.fixture(scope="module")
def browser():
    with started() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    explored = {
        "rnn": (adjoint.grad(rnn, argnums=(0, 1, 2)), rnn_arguments(TRIPS)),
        "nested": (adjoint.grad(nested), (1.3, 4)),
        "nan": (adjoint.grad(norm_at_zero), (np.zeros(3),)),
        "long": (adjoint.grad(long_loop), (1.3, 25_000)),
    }
    for name, (f, args) in explored.items():
        f.explore(*args, path=folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in explored}


def line(page, side: str, text: str):
    """The line of a side that holds a text, comments aside."""
    found = page.locator(f"#{side} .line").filter(has_text=text)
    return found.filter(has_not=page.locator("i.c")).first


def test_hovering_lights_up_the_lines_of_both_halves(browser, pages) -> None:
    with opened(browser, pages["rnn"]) as page:
        line(page, "primal", "h = np.tanh").locator(".src").hover()
        forward = page.locator("#gradient .line.on-forward .src").all_inner_texts()
        backward = page.locator("#gradient .line.on-backward .src").all_inner_texts()
        assert any("h = np.tanh(" in text for text in forward)
        assert any("W_bar += np.outer(" in text for text in backward)
        assert not any("h_minus_target" in text for text in backward)
        assert page.locator("#links path").count() == len(forward) + len(backward)
        line(page, "gradient", "W_bar +=").locator(".src").hover()
        lit = page.locator("#primal .line.on-backward .src").all_inner_texts()
        assert len(lit) == 1 and "np.tanh" in lit[0]
        page.mouse.move(5, 5)
        assert page.locator("#primal .on-backward").count() == 0


def test_a_click_pins_and_goes_to_the_step(browser, pages) -> None:
    with opened(browser, pages["rnn"]) as page:
        line(page, "gradient", "W_bar +=").click()
        page.mouse.move(5, 5)
        assert "np.tanh" in page.locator("#primal .line.on-backward").inner_text()
        assert "W_bar" in page.locator("#values .now-line").inner_text()
        page.keyboard.press("Escape")
        assert page.locator("#primal .line.on-backward").count() == 0


def shown_step(page) -> int:
    text = page.locator("#where").inner_text()
    return int(re.search(r"step (\d+) of", text)[1])


def test_keys_step_through_the_run(browser, pages) -> None:
    with opened(browser, pages["rnn"]) as page:
        assert shown_step(page) == 1
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        assert shown_step(page) == 3
        page.keyboard.press("End")
        last = shown_step(page)
        assert str(last) in page.locator("#where").inner_text().partition("of")[2]
        assert "backward" in page.locator("#where").inner_text()
        assert page.locator("#gradient .line.now .src").inner_text().startswith("    return")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowDown")
        assert page.locator("#gradient .line.cursor").count() == 1
        page.keyboard.press("ArrowDown")
        assert page.locator("#gradient .line.cursor").count() == 1


def test_the_slider_shows_the_values_of_the_run(browser, pages) -> None:
    W, U, b, xs, _ = rnn_arguments(TRIPS)
    h = np.tanh(U @ xs[0] + b)
    with opened(browser, pages["rnn"]) as page:
        line(page, "gradient", "h = np.tanh(").click()
        card = page.locator("#values .value").first
        shown = [float(cell) for cell in card.locator("td").all_inner_texts()]
        np.testing.assert_allclose(shown, h, rtol=1e-3)
        assert "f64[4]" in card.inner_text()
        assert card.locator("canvas.picture").count() == 1
        assert card.locator("svg.spark").count() == 1
        page.locator("#step").evaluate(MOVE, 0)
        assert shown_step(page) == 1


def test_a_trip_slider_pairs_a_forward_trip_with_its_twin(browser, pages) -> None:
    with opened(browser, pages["rnn"]) as page:
        line(page, "gradient", "h = np.tanh(").click()
        slider = page.locator("#trips input")
        assert slider.count() == 1
        slider.evaluate(MOVE, 4)
        assert f"5 of {TRIPS}" in page.locator("#trips").inner_text()
        assert "h = np.tanh(" in page.locator("#values .now-line").inner_text()
        page.keyboard.press("t")
        assert "backward" in page.locator("#where").inner_text()
        assert f"5 of {TRIPS}" in page.locator("#trips").inner_text()
        page.click("#twin")
        assert "forward" in page.locator("#where").inner_text()


def test_each_loop_has_its_own_slider(browser, pages) -> None:
    with opened(browser, pages["nested"]) as page:
        sliders = page.locator("#trips input")
        assert sliders.count() == 2
        assert [s.get_attribute("max") for s in sliders.all()] == ["3", "2"]


def test_bars_show_the_norms_of_cotangents(browser, pages) -> None:
    with opened(browser, pages["rnn"]) as page:
        line(page, "gradient", "U_x_bar = ").click()
        bar = line(page, "gradient", "U_x_bar = ").locator(".bar i")
        norm = float(bar.get_attribute("data-norm"))
        text = line(page, "gradient", "U_x_bar = ").locator(".inline b").inner_text()
        np.testing.assert_allclose(norm, float(text.strip("‖")), rtol=1e-3)
        assert line(page, "primal", "h = np.tanh").locator(".bar i").count() == 1


def test_residuals_are_drawn_from_save_to_use(browser, pages) -> None:
    with opened(browser, pages["rnn"]) as page:
        assert "saves h_prev, h_minus_target" in line(page, "gradient", "tape.append").inner_text()
        assert page.locator(".lane-svg g").count() >= 2
        line(page, "gradient", "tape.append").locator(".src").hover()
        strong = page.locator(".lane-svg g.strong")
        assert {g.get_attribute("data-name") for g in strong.all()} == {"h_prev", "h_minus_target"}
        page.click("#tab-tape")
        assert f"{TRIPS * 4 * 8} B" in page.locator("#view-tape").inner_text()


def test_the_way_of_a_nan_is_red(browser, pages) -> None:
    with opened(browser, pages["nan"]) as page:
        assert "np.sqrt(s)" in page.locator("#notice .bad").inner_text()
        assert page.locator("#links .fault-path").count() == 1
        assert "np.sqrt(s)" in page.locator("#primal .line.fault").inner_text()
        assert page.locator("#gradient .line.way").count() >= 3
        page.keyboard.press("Home")
        page.click("#to-fault")
        assert "nan" in page.locator("#values .value").first.inner_text()


def test_a_large_run_says_that_it_is_sampled(browser, pages) -> None:
    assert pages["long"].stat().st_size < 5_000_000
    with opened(browser, pages["long"]) as page:
        assert "1 of " in page.locator("#sampled").inner_text()
        page.keyboard.press("End")
        assert "backward" in page.locator("#where").inner_text()


@pytest.mark.parametrize("view", ["tape", "why", "stages", "check"])
def test_every_view_opens(browser, pages, view) -> None:
    with opened(browser, pages["rnn"]) as page:
        page.click(f"#tab-{view}")
        assert page.locator(f"#view-{view}").is_visible()
        assert not page.locator("#view-program").is_visible()
        assert page.locator(f"#view-{view} tr, #view-{view} pre span").count() > 3


def test_stages_show_what_changed(browser, pages) -> None:
    with opened(browser, pages["rnn"]) as page:
        page.click("#tab-stages")
        page.click("text=differentiated")
        assert page.locator(".diff .plus").count() > 5
        page.uncheck("#changes")
        assert page.locator(".diff .plus").count() == 0


def test_the_graph_has_loops_as_boxes(browser, pages) -> None:
    with opened(browser, pages["nested"]) as page:
        page.click("#tab-stages")
        page.click("#as-graph")
        boxes = page.locator(".graph .node.for, .graph .node.while, .graph .node.if")
        assert boxes.count() == 6, "a while, two for and one if, and the twins of loops and if"
        sine = page.locator(".graph .node").filter(has_text="= sin").first
        outer = page.locator(".graph .node.while").first.bounding_box()
        inner = sine.bounding_box()
        assert outer["x"] < inner["x"] and outer["y"] < inner["y"]
        assert inner["x"] + inner["width"] < outer["x"] + outer["width"]
        assert inner["y"] + inner["height"] < outer["y"] + outer["height"]
        sine.hover()
        lit = page.locator(".graph .node.lit").all_inner_texts()
        assert len(lit) == 3, "itself, what it reads, and what reads it"
        page.click("#as-text")
        assert page.locator(".graph").count() == 0


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", ["rnn", "nested", "nan"])
def test_nothing_is_wider_than_the_window(browser, pages, name, width) -> None:
    with opened(browser, pages[name], viewport={"width": width, "height": 844}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for view in page.locator("[role=tab], #as-graph").all():
            if view.is_visible():
                view.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["rnn", "nan"])
def test_everybody_can_read_it(browser, pages, name, scheme) -> None:
    """Contrast, labels, roles and the keyboard, by the rules of axe-core."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core")
    with opened(browser, pages[name], color_scheme=scheme) as page:
        for view in page.locator("[role=tab]").all():
            view.click()
            page.wait_for_timeout(120)  # colours fade
            found = axe.Axe().run(page).response["violations"]
            assert not found, [(v["id"], [n["html"][:160] for n in v["nodes"]][:3]) for v in found]


def test_it_can_be_printed(browser, pages) -> None:
    with opened(browser, pages["rnn"]) as page:
        page.emulate_media(media="print")
        assert not page.locator(".transport").is_visible()
        assert line(page, "primal", "h = np.tanh").is_visible()
        assert len(page.pdf()) > 10_000
