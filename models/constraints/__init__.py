"""What the code around a hole demands of what is written into it."""
