"""The gradient of `robust_loss` in primal.py, by hand."""


def gradient(location, samples):
    location_bar = 0.0
    samples_bar = []
    for sample in samples:
        distance = sample - location
        if abs(distance) > 3.0:
            samples_bar.append(0.0)
            continue
        samples_bar.append(2.0 * distance)
        location_bar -= 2.0 * distance
    return location_bar, samples_bar
