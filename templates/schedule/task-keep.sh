[ -e /work/archive/index.jsonl ] || exit 0
cd /work/archive
aws s3 sync --only-show-errors --exclude index.jsonl . "s3://$BUCKET/archive"
aws s3 cp --only-show-errors index.jsonl "s3://$BUCKET/archive/index.jsonl"
