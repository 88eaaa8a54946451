"""The tests of controls, one file a topic; a new one is one declaration here (docs/adding-a-test.md)."""
