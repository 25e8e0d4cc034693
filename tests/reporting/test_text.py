import ast
import re
from pathlib import Path

import pytest

import simlib.reporting
from simlib.errors import SimlibError
from simlib.reporting.numbers import show
from simlib.reporting.text import Text, catalogue, particle, slots

SOURCES = sorted(Path(simlib.reporting.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize(
    ("word", "kind", "expected"),
    [
        ("기초연금", "은/는", "은"),
        ("에너지바우처", "은/는", "는"),
        ("서울", "(으)로", "로"),
        ("부산", "(으)로", "으로"),
        ("제주", "(으)로", "로"),
        ("10", "이/가", "이"),
        ("12", "이/가", "가"),
        ("7", "(으)로", "로"),
        ("3", "을/를", "을"),
        ("0", "을/를", "을"),
        ("12%", "은/는", "는"),
        ("3%p", "이/가", "가"),
        ("1.2억 원", "이/가", "이"),
        ("급여 (95% 구간)", "과/와", "와"),
        ("‘수급’", "을/를", "을"),
        ("AI", "은/는", "는"),
    ],
)
def test_particles_follow_the_final_sound(word: str, kind: str, expected: str) -> None:
    assert particle(word, kind) == expected


def test_a_slot_takes_its_particle_and_english_its_plural() -> None:
    ko, en = Text("ko"), Text("en")
    share = show(0.125, "share", "ko")
    sentence = ko("finding.missed", value=share, interval="", first="1월", last="2월")
    assert "12.5%가" in sentence
    for n, word in ((1, "replicate"), (3, "replicates")):
        shown = en("note.mean", replicates=en.number(n, "count"))
        assert shown == f"Means over {n} {word}."


def test_every_message_says_the_same_in_both_languages() -> None:
    for name, words in catalogue().items():
        assert words["ko"] and words["en"], name
        assert slots(words["ko"]) == slots(words["en"]), name
        assert not re.search(r"\{\w+\|", words["en"]), f"{name}: a particle in English"
        assert "#" not in words["ko"], f"{name}: a plural in Korean"
        assert not re.search("[가-힣]", words["en"]) or name.startswith("language"), name


def test_every_message_asked_for_exists() -> None:
    known = catalogue()
    missing = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = ast.unparse(node.func)
            first = node.args[0]
            asked = name in ("text", "report.text") and isinstance(first, ast.Constant)
            if asked and first.value not in known:
                missing.append(f"{path.name}: {first.value}")
    assert not missing


def test_an_unknown_message_or_an_empty_slot_is_an_error() -> None:
    text = Text("en")
    with pytest.raises(SimlibError, match=r"did you mean 'uptake\.intro'"):
        text("uptake.intr")
    with pytest.raises(SimlibError, match="needs a value for 'policy"):
        text("uptake.intro")
