"""Grammars of classes of syntax nodes, as templates from which Lark for llguidance is made."""
