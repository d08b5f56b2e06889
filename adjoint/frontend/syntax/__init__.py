"""Source text and its analyses: scopes, liveness, normal form. No types and no IR."""
