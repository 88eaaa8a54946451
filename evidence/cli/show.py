"""`evidence show`: what is inside a bundle."""

from evidence.cli.options import BundlePath, Json
from evidence.cli.output import Output, rich_console


def show(bundle: BundlePath, json: Json = False) -> None:
    """Show what is inside a bundle: a tree of targets and items with counts and gaps.

    The bundle is verified first, except that one without a seal is shown too.
    """
    from evidence.bundle import open_bundle
    from evidence.bundle.summary import bundle_document, bundle_tree

    opened = open_bundle(bundle, sealed=False)
    if json:
        Output(json=True).result(bundle_document(opened), "")
        return
    rich_console().print(bundle_tree(opened))
