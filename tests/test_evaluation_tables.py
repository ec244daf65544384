"""Tables as plain text."""

from search.evaluation.measured.tables import columns, query_table


def test_the_first_column_stands_left_and_figures_right() -> None:
    assert columns([("measure", "mean"), ("AP", "0.5"), ("P@1", "12.25")]) == (
        "measure   mean\nAP         0.5\nP@1      12.25"
    )


def test_a_query_has_a_line_with_its_measures_and_its_text_on_one_line() -> None:
    rows = [
        {"query": "q1", "measures": {"AP": 0.5, "P@1": 1.0}, "text": "Why is\nthe sea salt?"},
        {"query": "q22", "measures": {"AP": (0.25, 1.0)}, "text": "Tides"},
    ]
    head, first, second = query_table(rows).splitlines()
    assert head.split() == ["query", "AP", "question"]
    assert first.split(maxsplit=2) == ["q1", "0.500", "Why is the sea salt?"]
    assert second.startswith("q22 ")
    assert second.endswith("  Tides")
    assert second.index("0.250") < second.index("1.000")
