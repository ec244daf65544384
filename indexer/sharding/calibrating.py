"""Calibrate an index of several shards as one index (see ``deriving.calibration``)."""

from collections.abc import Callable

from indexer.deriving import calibration
from indexer.deriving.analysis import Analyzer
from indexer.deriving.lexical import LexicalIndex
from indexer.encoding.encoder import Encoder
from indexer.storing.shards.gathered import GatheredSnapshot
from indexer.storing.shards.manifest import Manifest


def calibration_of(
    manifest: Manifest, snapshot: GatheredSnapshot, load: Callable[[], Encoder]
) -> str | None:
    """The calibration in JSON; None if there are no passages. ``snapshot`` is the manifest's.

    The passage nearest to a question is the nearest of those that the shards have found. All else
    is measured over all shards.
    """
    written = {}
    for number, state in manifest.states():
        if (words := state.lexical) is not None:
            written[number] = manifest.folder(snapshot.folder, number) / words.name, words.digest
    found = [shard.nearest for shard in manifest.shards if shard is not None]
    nearest = [it for it in found if len(it) == len(calibration.QUESTIONS)]
    if not nearest or manifest.state is None:
        return None
    analyzer = Analyzer.of(manifest.state.splitting)
    index = LexicalIndex.load_together(written, snapshot.numbering, analyzer)
    cosines = [max(of_shards) for of_shards in zip(*nearest, strict=True)]
    return calibration.calibrate(load(), cosines, index, snapshot).to_json()
