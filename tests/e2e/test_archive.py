"""What `cargo lambda build --release` and `.ci/lambda` make, before anything runs it."""

import os
import pathlib
import zipfile

import pytest
from emulators import REPOSITORY


def test_a_plain_build_makes_the_deployed_binary_alone(archive):
    assert [folder.name for folder in archive.parent.parent.iterdir()] == ["okta-request-enricher"]


@pytest.mark.parametrize("made", ["archive", "released"])
def test_the_archive_holds_one_file_an_executable_bootstrap(made, request):
    with zipfile.ZipFile(request.getfixturevalue(made)) as file:
        assert file.testzip() is None
        (entry,) = file.infolist()
    assert entry.filename == "bootstrap"
    assert entry.external_attr >> 16 & 0o555 == 0o555, "Lambda runs it as another user"


def test_the_bootstrap_is_at_most_7_2_mb_and_3_2_mb_zipped(archive, released, bootstrap):
    """A cold start loads it; performance is argued elsewhere, this is the tripwire for a dependency that slipped in."""
    assert bootstrap.stat().st_size <= 7_200_000
    assert archive.stat().st_size <= 3_200_000
    assert released.stat().st_size <= 3_200_000


def test_a_release_has_one_program_and_says_what_it_is_made_of(archive, released, bootstrap):
    """Wheels get the bootstrap that lies beside the zip. `sam build` makes the same one of the same sources."""
    with zipfile.ZipFile(archive) as file:
        assert file.read("bootstrap") == bootstrap.read_bytes()
    beside = {file.name for file in released.parent.iterdir()}
    assert beside == {"bootstrap", released.name, f"{released.stem}.cdx.json"}
    assert (released.parent / "bootstrap").read_bytes() == bootstrap.read_bytes()


def test_a_release_names_no_folder_of_its_builder(bootstrap):
    """Otherwise a build in another folder gives other bytes."""
    cargo = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
    program = bootstrap.read_bytes()
    assert b"/cargo/registry/" in program
    for folder in (cargo, REPOSITORY):
        assert bytes(folder) + b"/" not in program
