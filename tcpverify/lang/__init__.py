"""The language: from the text of a spec to the systems that it describes."""
