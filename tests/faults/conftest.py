"""What fault tests share."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers import postgresql_server


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL of the test's own, to be stopped and started."""
    with postgresql_server() as started:
        yield started
