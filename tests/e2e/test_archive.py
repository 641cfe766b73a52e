"""What `cargo lambda build --release` makes, before anything runs it."""

import zipfile


def test_a_plain_build_makes_the_deployed_binary_alone(archive):
    assert [folder.name for folder in archive.parent.parent.iterdir()] == ["okta-request-enricher"]


def test_the_archive_holds_one_file_an_executable_bootstrap(archive):
    with zipfile.ZipFile(archive) as file:
        assert file.testzip() is None
        (entry,) = file.infolist()
    assert entry.filename == "bootstrap"
    assert entry.external_attr >> 16 & 0o555 == 0o555, "Lambda runs it as another user"


def test_the_bootstrap_is_at_most_7_2_mb_and_3_2_mb_zipped(archive, bootstrap):
    """A cold start loads it; performance is argued elsewhere, this is the tripwire for a dependency that slipped in."""
    assert bootstrap.stat().st_size <= 7_200_000
    assert archive.stat().st_size <= 3_200_000
