"""The progress over shards that are prepared at the same time."""

from indexer.sharding.together import Together
from indexer.updating.indexing import Progress


def test_shards_are_added_up_and_those_that_told_nothing_count_as_the_others() -> None:
    told: list[Progress] = []
    together = Together(4, told.append)
    together.show({}, {})
    assert told == []
    together.show({0: Progress(50, 100, 7), 1: Progress(150, 300, 8)}, {})
    assert told.pop() == Progress(200, 800, 15)
    building = Progress(5, 20, 9, "building the search indexes")
    together.show({0: building, 1: Progress(150, 300, 8)}, {2: None})
    assert told.pop() == Progress(500, 800, 17)
    together.show({0: building, 1: building}, {2: None, 3: None})
    assert told.pop() == Progress(10, 40, 18, "building the search indexes")


def test_the_model_is_prepared_until_the_first_shard_reads() -> None:
    told: list[Progress] = []
    together = Together(2, told.append)
    waiting = Progress(0, 100, 0, "preparing the model")
    together.show({0: waiting}, {})
    assert told.pop().step == "preparing the model"
    together.show({0: waiting, 1: Progress(10, 100, 3)}, {})
    assert told.pop() == Progress(10, 200, 3)
