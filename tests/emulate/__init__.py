"""The second opinion: the App against a GitHub emulator that nobody here wrote, through a thin overlay."""
