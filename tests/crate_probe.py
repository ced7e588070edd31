"""Validates an RO-Crate by roc-validator, without a network: the context that the crate names comes from `rocrate`.

Run by `tox -e exchange`, as roc-validator needs an older rich than this project does.
"""

import json
import sys
from importlib.resources import files
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from rocrate_validator import services
from rocrate_validator.models import Severity, ValidationSettings

CONTEXT = files("rocrate") / "data/ro-crate.jsonld"


def serve(adapter: HTTPAdapter, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
    """Answers a request for the context from the file, and any other with 404."""
    found = str(request.url).rstrip("/").endswith("/ro/crate/1.3/context")
    response = requests.Response()
    response.status_code = 200 if found else 404
    response._content = CONTEXT.read_bytes() if found else b""
    response.headers["Content-Type"] = "application/ld+json"
    response.url, response.request, response.encoding = str(request.url), request, "utf-8"
    return response


HTTPAdapter.send = serve  # type: ignore[method-assign]
result = services.validate(
    ValidationSettings(
        rocrate_uri=sys.argv[1],
        no_cache=True,
        requirement_severity=Severity.RECOMMENDED,
        profile_identifier="ro-crate-1.3",
    )
)
issues = [(issue.severity.name, issue.check.identifier, issue.message) for issue in result.get_issues()]
print(json.dumps(issues, indent=1))
sys.exit(any(severity == "REQUIRED" for severity, _, _ in issues))
