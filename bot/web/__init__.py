"""The web process: takes deliveries in, tells how it is. Only this folder imports starlette and uvicorn."""
