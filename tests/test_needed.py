"""What a test needs and does not find: CI fails, another machine skips the test."""

from __future__ import annotations

from typing import Any

import pytest


def test_a_missing_package_fails_in_ci_and_skips_elsewhere(
    needed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert needed("json").loads("[1]") == [1]
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no_such_package is not installed"):
        needed("no_such_package")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="no_such_package is not installed"):
        needed("no_such_package")
