"""What git's history says about files: who changes them, how often, and what changes together with them."""
