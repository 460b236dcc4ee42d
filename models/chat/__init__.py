"""Models that answer questions with typed data: hosted ones, servers near by, and the local GGUF runtime."""
