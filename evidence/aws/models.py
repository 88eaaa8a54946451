"""Opens botocore sessions that know botocore's own data: no other models, endpoints or regions.

botocore looks into `~/.aws/models`, AWS_DATA_PATH and the configuration's `data_path` first, for models under
the same names: one that keeps a declared name could change method, path and body of what is sent. And the
configuration's `api_versions` picks older models of botocore's own, whose answers lack members. Every session
of this package is opened here (a test holds that), those that find the caller's credentials too.
"""

from typing import Any

from botocore.loaders import Loader
from botocore.session import Session

_REGION = {"region": ("region", ["AWS_REGION", "AWS_DEFAULT_REGION"], None, None)}
"""As the AWS CLI and the other SDKs look it up; botocore alone knows the second name only."""


def open_session(profile: str | None = None, variables: dict[str, Any] | None = None) -> Session:
    """Return a session of a profile; `variables` are botocore's `session_vars`."""
    session = Session(session_vars=_REGION | (variables or {}), profile=profile)
    own = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    session.register_component("data_loader", own)
    session.set_config_variable("api_versions", {})
    return session
