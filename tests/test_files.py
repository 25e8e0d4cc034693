import polars as pl
import pytest
from pydantic import BaseModel, ConfigDict

from simlib.errors import UserError, did_you_mean, nearest
from simlib.files import (
    parse_yaml,
    read_json,
    read_parquet,
    read_text,
    read_yaml,
    validate,
    write_parquet,
    write_text,
)
from simlib.months import format_month, month_of_year, parse_month, year_of
from simlib.provenance import canonical_json, content_hash, hash_of


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    hours: float


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    offices: Inner | None = None


def test_yaml_remembers_the_line_of_every_entry():
    document = parse_yaml("title: x\noffices:\n  hours: 3\nlist:\n  - {a: 1}\n", "s.yaml")
    assert document.where(("offices", "hours")) == "s.yaml:3"
    assert document.where(("list", 0, "a")) == "s.yaml:5"
    assert document.where(("offices", "not there")) == "s.yaml:2"


def test_yaml_builds_no_python_objects_and_keeps_months_as_text():
    assert parse_yaml("start: 2024-01\nday: 2024-01-05").data["day"] == "2024-01-05"
    with pytest.raises(UserError, match="not valid YAML"):
        parse_yaml("a: !!python/object/apply:os.system [ls]")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("titel: x", r"s.yaml:1: unknown key 'titel'.*did you mean 'title'"),
        ("title: x\noffices: {hour: 1}", r"s.yaml:2: unknown key 'offices.hour'.*'hours'"),
        ("offices: {hours: 1}", r"'title' is missing"),
        ("title: x\noffices: {hours: many}", r"s.yaml:2: 'offices.hours'.*given: 'many'"),
        ("", r"holds no entries"),
        ("# title: x", r"holds no entries"),
        ("- 1", r"s.yaml:1: the file holds a list.*write at least: title"),
        ("title", r"holds a single text"),
        ("title: x\noffices: {hours: }", r"s.yaml:2: 'offices.hours' has no value.*after ':'\."),
        ("title: x\nyes: 1", r"s.yaml:2: unknown key 'yes'"),
        ("title: no", r"s.yaml:1: 'title'.*given: False.*write it in quotes.*; YAML takes"),
    ],
)
def test_a_wrong_entry_is_named_with_its_line_and_the_nearest_name(text, message):
    with pytest.raises(UserError, match=message):
        validate(Outer, parse_yaml(text, "s.yaml"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb:\n\tc: 1", r"s.yaml:3: .*a tab stands.*indent with spaces"),
        ("a: 1\n---\nb: 1", r"s.yaml:2: .*a second document.*file of its own"),
        ("a: 1\nb: \x00", r"s.yaml:2: .*an invisible character"),
        ("a: 1\nb:2\nc: 3", r"s.yaml:3: .*a space after each key"),
        ("a： 1\nc: 3", r"s.yaml:2: .*a plain colon"),
        ("a: [1, 2", r"s.yaml:1: .*check indentation"),
        ("a: 1\na: 2", r"s.yaml:2: 'a' is given twice"),
        ("a: {b: 1, b: 2}", r"s.yaml:1: 'b' is given twice"),
        ("a: &x {b: 1}\nc: {<<: *x}", r"s.yaml:2: '<<' would merge.*write the entries out"),
        ("a: 1\nb: &x [*x]", r"s.yaml:2: an entry holds itself"),
        ("a: 1\n? [b, c]\n: 2", r"s.yaml:2: a list or a mapping stands where a key belongs"),
        ("a: 1\nb: 012", r"s.yaml:2: '012' is not a plain number.*without a leading 0"),
        ("a: 1\nb: 1:30", r"s.yaml:2: '1:30' is not a plain number.*sixties"),
        ("a: 1\n012: 3", r"s.yaml:2: '012' is not a plain number"),
    ],
)
def test_text_that_is_no_plain_yaml_is_refused_with_its_line(text, message):
    with pytest.raises(UserError, match=message) as caught:
        parse_yaml(text, "s.yaml")
    assert caught.value.why
    assert caught.value.mend


def test_marks_and_line_ends_of_windows_are_read(tmp_path):
    path = tmp_path / "windows.yaml"
    path.write_bytes("\ufefftitle: 가\r\noffices:\r\n  hours: 3\r\n".encode())
    document = read_yaml(path)
    assert document.data == {"title": "가", "offices": {"hours": 3}}
    assert document.line_of(("offices", "hours")) == 3


def test_keys_are_text_or_whole_numbers_as_they_are_written():
    given = parse_yaml("{1: a, yes: b, 1_000: c, 2.5: d, 2024-01: e, '7': f}").data
    assert given == {1: "a", "yes": "b", 1000: "c", "2.5": "d", "2024-01": "e", "7": "f"}


def test_a_missing_file_is_refused_with_the_nearest_name(tmp_path):
    (tmp_path / "scenario.yaml").write_text("x: 1")
    with pytest.raises(UserError, match=r"did you mean 'scenario\.yaml'"):
        read_text(tmp_path / "scenaro.yaml")
    with pytest.raises(UserError, match="folder"):
        read_text(tmp_path)


def test_a_truncated_file_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "a.parquet"
    write_parquet(pl.DataFrame({"x": range(1000)}), path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(UserError, match="not a complete Parquet file"):
        read_parquet(path)
    assert path.stat().st_size == 300
    (tmp_path / "a.json").write_text('{"a": 1')
    with pytest.raises(UserError, match="not complete JSON"):
        read_json(tmp_path / "a.json")


def test_a_failed_write_leaves_the_earlier_file_and_no_debris(tmp_path):
    path = tmp_path / "kept.txt"
    write_text(path, "earlier")
    blocked = tmp_path / "kept.txt" / "below"
    with pytest.raises(UserError, match="cannot be written"):
        write_text(blocked, "new")
    assert path.read_text() == "earlier"
    assert [each.name for each in tmp_path.iterdir()] == ["kept.txt"]


def test_an_error_is_whole_sentences():
    error = UserError("it is wrong", "a.yaml:3", "it cannot be used", "did you mean 'b'?")
    assert str(error) == (
        "a.yaml:3: it is wrong. Why: it cannot be used. What to do: did you mean 'b'?"
    )
    assert nearest("membershp", ["membership", "none"]) == "membership"
    assert nearest("zzz", ["membership"]) is None
    assert did_you_mean("zzz", ["b", "a"]) == "valid names are: a, b"


def test_months_count_on_across_years():
    month = parse_month("2024-12")
    assert (format_month(month + 1), year_of(month), month_of_year(month)) == ("2025-01", 2024, 12)
    for wrong in ("2024-00", "2024-1", "24-01", "2024-13"):
        with pytest.raises(UserError, match="is not a month"):
            parse_month(wrong)


def test_the_hash_of_a_frame_follows_its_content_alone(tmp_path):
    frame = pl.DataFrame(
        {"n": [1, 2, None], "text": ["가", None, "c"], "flag": [True, False, None]}
    )
    path = tmp_path / "f.parquet"
    write_parquet(frame, path)
    assert content_hash(read_parquet(path)) == content_hash(frame)
    assert content_hash(frame[::-1]) != content_hash(frame)
    assert content_hash(frame.rename({"n": "m"})) != content_hash(frame)
    assert content_hash(frame.with_columns(pl.col("n").fill_null(0))) != content_hash(frame)


def test_equal_values_have_equal_hashes():
    assert hash_of({"b": 1, "a": [1.5, "가"]}) == hash_of({"a": [1.5, "가"], "b": 1})
    assert canonical_json({"b": 1, "a": 2}) == '{"a":2,"b":1}'
