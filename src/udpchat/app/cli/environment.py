"""The environment variables UDPCHAT_...: only some of them are settings.

Docker links and Kubernetes set variables for each service. For a service named `udpchat` they set UDPCHAT_PORT to a URL
and UDPCHAT_SERVICE_HOST to an address. So a variable that is no setting must not prevent a start.
Source: kubernetes.io, "Service", section "Environment variables".
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping

import structlog

PREFIX = "UDPCHAT_"

log = structlog.get_logger(__name__)


def variable(setting: str) -> str:
    """Return the environment variable of a setting or an option, such as `max_line` or `--max-line`."""
    return PREFIX + setting.removeprefix("--").replace("-", "_").upper()


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the name in `names` that is most similar to `name`, or "" if none is similar enough."""
    return next(iter(difflib.get_close_matches(name, list(names), n=1)), "")


def is_url(value: str) -> bool:
    """Return whether a value is a URL, as orchestrators set for a service."""
    return "://" in value


def warn(settings: Iterable[str], environment: Mapping[str, str] = os.environ) -> None:
    """Log a warning for each variable UDPCHAT_... that is ignored. `settings` are the variables that are known."""
    known = set(settings)
    if is_url(environment.get(variable("port"), "")):
        log.warning("variable ignored, it is a URL, not a port number", variable=variable("port"))
    words = [name.removeprefix(PREFIX) for name in known]
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name not in known:
            guess = nearest(name.upper().removeprefix(PREFIX), words)
            log.warning(
                "variable ignored, there is no such setting",
                variable=name,
                **({"nearest": PREFIX + guess} if guess else {}),
            )
