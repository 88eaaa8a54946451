"""Carries AWS endpoints as plain data, for machines without AWS settings that ask at the same place."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.session import Session

from evidence.aws.models import open_session
from evidence.errors import EndpointError


@dataclass(frozen=True, slots=True)
class AwsEndpoints:
    """The endpoints that the standard AWS settings choose. Proxies and trusted CAs are the machine's own."""

    endpoints: tuple[tuple[str, str], ...] = ()
    """boto3's client name and URL, of services whose endpoint is set."""
    fips: bool = False
    dual_stack: bool = False

    def endpoint(self, service: str) -> str | None:
        """Return the URL that is set for a service, None for AWS's own."""
        return dict(self.endpoints).get(service)

    def config(self) -> Config:
        """Return the settings in which this machine's own are not to be heard."""
        return Config(
            use_fips_endpoint=self.fips,
            use_dualstack_endpoint=self.dual_stack,
            ignore_configured_endpoint_urls=True,
        )


def current_endpoints(profile: str | None, services: Iterable[str]) -> AwsEndpoints:
    """Return how this process reaches these services, by its environment and profile."""
    session = open_session(profile)
    return AwsEndpoints(
        tuple(sorted(_set(session, services).items())),
        fips=bool(session.get_config_variable("use_fips_endpoint")),
        dual_stack=bool(session.get_config_variable("use_dualstack_endpoint")),
    )


def require_plain_endpoints(session: Session, services: Iterable[str]) -> None:
    """Raise EndpointError where an endpoint that is set has a path or a query.

    botocore puts both before and behind what an operation sends, so that a setting could make another request
    of it. The gate refuses what comes of that; this says why, before anything is asked.
    """
    for service, url in sorted(_set(session, services).items()):
        try:
            parts = urlsplit(url)
        except ValueError:
            continue  # no address: botocore's words for it follow
        if parts.netloc and (parts.path not in ("", "/") or parts.query or parts.fragment):
            raise EndpointError(
                f"The endpoint that is set for {service} has a path or a query of its own.",
                "Set AWS_ENDPOINT_URL, or the profile's endpoint_url, to scheme and host alone: with more, "
                "nothing could say which operation is executed there.",
            )


def _set(session: Session, services: Iterable[str]) -> dict[str, str]:
    """Return the endpoints that are set, as botocore finds them when it makes a client."""
    if session.get_config_variable("ignore_configured_endpoint_urls"):
        return {}
    found = {
        service: ConfiguredEndpointProvider(
            full_config=session.full_config, scoped_config=session.get_scoped_config(), client_name=service
        ).provide()
        for service in services
    }
    return {service: url for service, url in found.items() if url}


def bare_session() -> Session:
    """Return a session that reads no profile and no configuration file of this machine."""
    unset = (None, None, None, None)
    return open_session(
        variables={
            "profile": unset,
            "config_file": (None, None, "/dev/null", None),
            "credentials_file": (None, None, "/dev/null", None),
        }
    )
