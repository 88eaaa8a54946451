"""`iam.server-certificates`: TLS certificates that were uploaded to IAM."""

from collections.abc import Iterator

from evidence.collectors.base import Context, Yield, collector
from evidence.records import Operation, Scope, ValueKind

CERTIFICATES = Operation("iam", "ListServerCertificates", list_key="ServerCertificateMetadataList")


@collector(
    item="iam.server-certificates",
    title="Server certificates in IAM",
    scope=Scope.ACCOUNT,
    operations=(CERTIFICATES,),
    shape="one record a certificate: ServerCertificateName, Arn, UploadDate, Expiration",
    blind_spots=(
        "Certificates of AWS Certificate Manager are not among them.",
        "Does not tell whether anything serves with the certificate.",
    ),
    people={("ServerCertificateName",): ValueKind.TERM},
)
def collect(ctx: Context) -> Iterator[Yield]:
    """Yield every certificate; the list holds no body and no key."""
    yield from ctx.records(CERTIFICATES)
