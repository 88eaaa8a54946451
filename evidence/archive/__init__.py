"""The archive: where packs are kept, and the chain that links each bundle to the one before."""
