"""The API keeps to its own OpenAPI document, whatever is sent."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.web.conftest import Site


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database is enough for what never reaches it."""
    return f"sqlite:///{tmp_path}/newsletter.db"


@pytest.fixture
def described(site_with: Callable[..., Site]) -> Iterator[BaseSchema]:
    """The document of a running app that takes as many wishes as come."""
    site = site_with(web={"joins_per_hour": 10**6, "joins_per_minute": 10**6})
    yield schemathesis.openapi.from_url(f"{site.url}/api/v1/openapi.json")
    # Nothing that was made up had a form's mark, so nobody is written to.
    assert site.rows("SELECT count(*) FROM letters") == [(0,)]


@pytest.mark.parametrize("path", ["/api/v1/form", "/api/v1/subscribe"])
def test_every_answer_is_one_that_the_document_describes(described: BaseSchema, path: str) -> None:
    operations: list[Any] = [found.ok() for found in described.get_all_operations()]  # type: ignore[union-attr]
    (operation,) = (one for one in operations if one.path == path)

    @given(case=operation.as_strategy())
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def keeps_to_it(case: Any) -> None:
        # No schema can say that a mark is ours and an address one.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    keeps_to_it()
