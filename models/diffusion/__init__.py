"""Masked diffusion: a hole is filled by masks, and the masks are replaced, the surest first, in any order.

    layout (canvas) -> logits (a Denoiser) -> guidance -> draw and certainty (order) -> how many (schedule)
    -> commit, check, mask again from the first violation (denoise) -> which length (length) -> candidates (propose)

Everything here but `models.llama_diffusion` is numpy over the `Denoiser` interface. What each setting means, and which
formulas of image diffusion do not apply to tokens: docs/diffusion.md.
"""
