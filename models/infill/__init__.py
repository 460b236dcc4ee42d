"""A hole written by a model: prompt, drawing, masks, where the writing ends, and the cascade over all of it."""
