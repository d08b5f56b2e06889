"""The examples of the gallery reach their aims, by measures that do not come from adjoint."""

import numpy as np
import pytest
from scipy import stats

from tests.oracle import richardson_gradient
from tests.test_examples import EXAMPLES, load


def test_a_lens_brings_all_rays_to_one_point() -> None:
    optics = load("optics")
    shapes, spots = optics.main()
    assert spots[0] > 1e-2 and spots[-1] < 1e-6
    path = np.array(optics.trace(shapes))
    tilt = optics.face(shapes[3:], path[2, 1])[1]

    def sine(ray: np.ndarray) -> np.ndarray:
        """Of the angle between rays and the normal of the second face."""
        return (-ray[0] * tilt - ray[1]) / np.hypot(*ray) / np.hypot(1.0, tilt)

    inside, behind = path[2] - path[1], path[3] - path[2]
    np.testing.assert_allclose(optics.GLASS * sine(inside), sine(behind), atol=1e-12)


def test_the_moon_is_reached() -> None:
    orbit = load("orbit")
    velocity, missed = orbit.main()
    assert missed[0] > 1.0 and missed[-1] < 1e-10
    np.testing.assert_allclose(orbit.fly(velocity)[-1], orbit.moon(orbit.DURATION), atol=1e-10)


def test_the_rates_of_an_epidemic_are_within_their_errors() -> None:
    epidemic = load("epidemic")
    found, errors = epidemic.main()
    assert np.all(np.abs(found - epidemic.TRUTH) < 3.0 * errors)
    assert np.all(errors < 0.1)


def test_greeks_are_those_of_the_formulas_and_of_differences() -> None:
    greeks = load("greeks")
    found = greeks.main(2000)
    share, volatility, rate, time = 105.0, 0.2, 0.03, 1.0
    d = (np.log(share / greeks.STRIKE) + (rate + volatility**2 / 2) * time) / volatility
    call = found["call"]
    assert call["delta"] == pytest.approx(stats.norm.cdf(d), rel=1e-12)
    assert call["vega"] == pytest.approx(share * stats.norm.pdf(d), rel=1e-12)
    assert call["gamma"] == pytest.approx(stats.norm.pdf(d) / share / volatility, rel=1e-12)
    late = greeks.STRIKE * np.exp(-rate) * stats.norm.cdf(d - volatility)
    assert call["rho"] == pytest.approx(late, rel=1e-12)
    noise = np.random.default_rng(0).normal(size=(2000, 52))
    args = share, volatility, rate, time, noise
    for k, name in enumerate(greeks.NAMES):
        want = richardson_gradient(greeks.asian, args, k)
        sign = -1.0 if name == "theta" else 1.0
        assert found["asian"][name] == pytest.approx(sign * want, rel=1e-3)


def test_a_picture_is_sharpened() -> None:
    found = load("deblurring").main()

    def error(name: str) -> float:
        return float(np.sqrt(np.mean((found[name] - found["scene"]) ** 2)))

    assert error("sharpened") < 0.6 * error("photograph")


def test_an_arm_reaches_around_an_obstacle() -> None:
    arm = load("robot_arm")
    motion = np.concatenate([arm.FIRST[None], arm.main()])
    points = arm.joints(motion)
    assert np.linalg.norm(points[-1, -1] - arm.GOAL) < 0.01
    assert np.min(np.linalg.norm(points - arm.OBSTACLE, axis=-1)) > arm.CLEARANCE
    assert np.max(np.abs(np.diff(motion, axis=0))) < 0.15
    for lower, upper, length in zip(points[:-1], points[1:], arm.LENGTHS[1:], strict=True):
        np.testing.assert_allclose(np.linalg.norm(upper - lower, axis=-1), length)


def test_the_newton_step_is_the_kalman_smoother() -> None:
    track, by_formula = load("smoothing").main()
    np.testing.assert_allclose(track, by_formula, atol=1e-9)


def test_the_parts_of_a_rod_are_found() -> None:
    heat = load("heat")
    found, misfits = heat.main()
    assert misfits[0] > 1e3 and 0.5 < misfits[-1] < 2.0
    assert np.corrcoef(found, heat.conductivity())[0, 1] > 0.85


def test_pictures_are_drawn() -> None:
    pytest.importorskip("matplotlib")
    from site_tools.pictures import drawn

    assert "<svg" in (drawn(EXAMPLES / "projectile.py") or "")
    assert drawn(EXAMPLES / "maml.py") is None
