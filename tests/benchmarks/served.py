"""The memory of ``locus serve`` after many questions.

python -m tests.benchmarks.served INDEX QUERIES.jsonl
"""

import sys
from itertools import cycle, islice
from pathlib import Path

from tests.benchmarks.clients import Connection, search, server
from tests.benchmarks.harness import questions_of

QUESTIONS = 1000


def memory_served(index: Path, queries: Path) -> float:
    """In MiB, with the pages of mapped files."""
    with server(index) as served:
        connection = Connection(served.port)
        for question in islice(cycle(questions_of(queries)), QUESTIONS):
            connection.ask(search(question))
        return served.memory()


if __name__ == "__main__":
    print(f"{memory_served(Path(sys.argv[1]), Path(sys.argv[2])):,.0f} MiB")
