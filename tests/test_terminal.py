"""Tables are never cut off, however narrow the terminal."""

from io import StringIO

from rich.console import Console

from simlib.terminal import Sheet

HEADS = ["measure", "without", "with", "what it is"]
ROWS = [
    ["take_up_share", "0.6950", "0.7003", "receiving among entitled over all months"],
    ["missed_households_n", "1,234,567.8", "1,234,566.5", "가구 수"],
]


def printed(sheet: Sheet, width: int) -> list[str]:
    console = Console(file=StringIO(), width=width)
    console.print(sheet)
    return console.file.getvalue().splitlines()


def sheet(keys: int = 1) -> Sheet:
    made = Sheet("A table", HEADS, HEADS[1:3], keys)
    for row in ROWS:
        made.add(*row)
    return made


def test_a_wide_terminal_shows_all_columns_beside_each_other():
    lines = printed(sheet(), 120)
    assert lines[0].strip() == "A table"
    assert all(head in lines[1] for head in HEADS)
    assert ROWS[0][3] in lines[3]


def test_columns_without_room_follow_in_a_part_that_repeats_the_first():
    lines = printed(sheet(), 50)
    assert all(len(line) <= 50 for line in lines)
    assert sum(line.startswith("measure") for line in lines) == 2
    assert sum(line.startswith("missed_households_n") for line in lines) == 2
    assert sum("A table" in line for line in lines) == 1


def test_numbers_and_names_are_whole_at_any_width():
    for width in (36, 50, 60, 80, 200):
        text = "\n".join(printed(sheet(), width))
        for row in ROWS:
            assert all(cell in text for cell in row[:3]), width
        assert all(word in text for word in ROWS[0][3].split())
        assert "…" not in text


def test_a_sheet_without_rows_shows_its_heads():
    assert "measure" in "\n".join(printed(Sheet("", HEADS), 80))
