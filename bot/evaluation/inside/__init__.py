"""What runs inside the sandbox: the judge, and beside it, walled off from it, the candidate. Standard library only."""
