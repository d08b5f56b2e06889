"""The gradient of `flight` in primal.py, by hand."""


def gradient(v, drag):
    # forward
    height = 10.0
    t = 0
    vs = []
    broke = False
    while height > 0.0:
        vs.append(v)
        v = v - 0.1 * (9.81 + drag * v)
        if t >= 12:
            broke = True
            break
        height = height + 0.1 * v
        t += 1

    # backward
    height_bar = v
    v_bar = height
    drag_bar = 0.0
    for i in range(len(vs) - 1, -1, -1):
        # The last step does not move the ball if it was what ended the loop.
        if not (broke and i == len(vs) - 1):
            v_bar += 0.1 * height_bar
        drag_bar -= 0.1 * v_bar * vs[i]
        v_bar = v_bar * (1.0 - 0.1 * drag)
    return v_bar, drag_bar
