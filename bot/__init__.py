"""What arrived, what is said, when: the command line and the pipeline it runs."""
