"""Carries AWS endpoints as plain data, for machines without AWS settings that ask at the same place."""

from collections.abc import Iterable
from dataclasses import dataclass

import botocore.session
from botocore.config import Config
from botocore.configprovider import ConfiguredEndpointProvider


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
    session = botocore.session.Session(profile=profile)
    endpoints = (
        {} if session.get_config_variable("ignore_configured_endpoint_urls") else _set(session, services)
    )
    return AwsEndpoints(
        tuple(sorted(endpoints.items())),
        fips=bool(session.get_config_variable("use_fips_endpoint")),
        dual_stack=bool(session.get_config_variable("use_dualstack_endpoint")),
    )


def _set(session: botocore.session.Session, services: Iterable[str]) -> dict[str, str]:
    """Return the endpoints that are set, as botocore finds them when it makes a client."""
    found = {
        service: ConfiguredEndpointProvider(
            full_config=session.full_config, scoped_config=session.get_scoped_config(), client_name=service
        ).provide()
        for service in services
    }
    return {service: url for service, url in found.items() if url}


def bare_session() -> botocore.session.Session:
    """Return a session that reads no profile and no configuration file of this machine."""
    unset = (None, None, None, None)
    return botocore.session.Session(
        session_vars={
            "profile": unset,
            "config_file": (None, None, "/dev/null", None),
            "credentials_file": (None, None, "/dev/null", None),
        }
    )
