"""The review in a process of its own, which holds no token, key or secret: it reads what strangers wrote."""
