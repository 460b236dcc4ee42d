"""What is remembered of a repository's reviews, and how it is compared with what is found now."""
