"""Recognises identity providers by the issuer that they write into what they provision."""

from urllib.parse import urlsplit

_HOSTS = {
    "Okta": ("okta.com", "oktapreview.com", "okta-emea.com", "okta-gov.com", "okta.mil"),
    "Microsoft Entra ID": (
        "sts.windows.net",
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
        "sts.chinacloudapi.cn",
    ),
    "Google Workspace": ("accounts.google.com",),
    "JumpCloud": ("jumpcloud.com",),
    "Ping Identity": (
        "pingidentity.com",
        "pingone.com",
        "pingone.eu",
        "pingone.ca",
        "pingone.asia",
        "pingone.com.au",
    ),
    "OneLogin": ("onelogin.com",),
    "Auth0": ("auth0.com",),
    "Duo": ("duosecurity.com",),
    "CyberArk Identity": ("idaptive.app", "cyberark.cloud"),
}
"""Provider to the domains that its issuers are under, as the providers document their SAML entity ids."""
_NAMES = {"jumpcloud": "JumpCloud"}
"""Entity ids that are plain words."""


def provider(issuer: str) -> str:
    """Return the provider's name; empty for an issuer that is not recognised.

    The host decides, not the text: `https://okta.com.example` is not Okta's.
    """
    try:
        host = (urlsplit(issuer).hostname or "").rstrip(".")
    except ValueError:
        return ""
    for name, domains in _HOSTS.items():
        if any(host == domain or host.endswith(f".{domain}") for domain in domains):
            return name
    return _NAMES.get(issuer.strip().lower(), "")


def issuer_label(issuer: str) -> str:
    """Return an issuer as it is printed: with the provider's name where that is recognised."""
    name = provider(issuer)
    return f"{name} ({issuer})" if name else issuer
