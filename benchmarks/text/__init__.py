"""The emitted text beside the text by hand: length, names, tape, statements kept, time, memory."""
