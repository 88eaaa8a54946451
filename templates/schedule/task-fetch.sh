aws s3 sync --only-show-errors "s3://$BUCKET/settings" /work/settings
aws s3 sync --only-show-errors "s3://$BUCKET/archive" /work/archive
mkdir -p /work/settings /work/tmp
chown -R 10001:10001 /work
