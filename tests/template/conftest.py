import cloudformation
import pytest


@pytest.fixture(scope="session")
def source() -> dict:
    """template.yaml as it is written."""
    return cloudformation.source()


@pytest.fixture(scope="session")
def translated(source) -> dict:
    """template.yaml as CloudFormation gets it."""
    return cloudformation.translate(source)


@pytest.fixture(scope="session")
def stack(translated):
    """stack(RequestTypes="Jira*"): what a deployment with these parameters makes."""
    return lambda **parameters: cloudformation.resolve(translated, **parameters)
