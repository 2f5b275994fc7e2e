"""The template as CloudFormation sees it, once for all tests."""

import pytest

from rehearsal import template


@pytest.fixture(scope="session")
def written():
    """The template as it is written."""
    return template.read()


@pytest.fixture(scope="session")
def deployed(written):
    """What becomes of it for CloudFormation."""
    return template.translated(template.packaged(written, "code"))


@pytest.fixture(scope="session")
def resources(deployed):
    """Its resources: of CloudFormation only."""
    return deployed["Resources"]
