"""What is done about an event, as durable workflows. `parts.py` says what they are made of."""
