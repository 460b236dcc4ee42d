"""How likely a change is to bring a defect, learnt from the repository's own fixes. Never about people."""
