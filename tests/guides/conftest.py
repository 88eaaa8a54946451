collect_ignore = ["toys"]  # files of another checkout: tests/guides/test_guides.py puts them there
