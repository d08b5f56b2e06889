"""What the text keeps and overwrites: tapes, liveness, sharing, writes in place."""
