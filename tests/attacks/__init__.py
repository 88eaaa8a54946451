"""The attack corpus: mutations of a sealed pack, each of which has to be refused. See docs/attacks.md."""
