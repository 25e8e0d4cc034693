"""The picture of a calibration."""

from simlib.reporting.figures.calibration import FURTHEST, calibration_figure
from simlib.reporting.figures.style import svg


def test_moments_stand_on_the_scale_of_their_widths() -> None:
    near = {"id": "pool_aware", "used": "fit", "target": 0.4, "sd": 0.05, "fitted": 0.405,
            "at_defaults": 0.35}  # fmt: skip
    far = near | {"id": "low_touch", "used": "check", "fitted": 9.0}
    figure = calibration_figure([near, far])
    [axes] = figure.axes
    assert [each.get_text() for each in axes.get_yticklabels()] == [
        "pool aware",
        "low touch (check)",
    ]
    assert [each.get_text() for each in axes.texts] == ["0.405", "9.000"]
    drawn = [x for line in axes.lines for x in line.get_xdata()]
    assert max(drawn) <= FURTHEST
    assert len(svg(figure)) < 100_000
