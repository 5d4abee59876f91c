"""Gives the ledger's tests their cast."""

import pytest

from tests.ledger import cast as people


@pytest.fixture
def cast(db: None) -> people.Cast:
    """Two streets and their people, in a database that is rolled back."""
    return people.build()
