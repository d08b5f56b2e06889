"""Samples of polynomials."""

import numpy as np

from adjoint.testing.samples.table import any_, call, composed, positive, sample

sample(np.polyval, any_(4), any_(3))
sample(np.polyval, any_(4), any_(2, 3))
sample(np.polyval, any_(4), 0.7)
sample(np.polyval, any_(1), any_(3))
sample(np.polyval, any_(2), np.float64(-0.3))
sample(np.polyval, any_(4, dtype=np.float32), any_(3, dtype=np.float32))
call("np.polyval([1.0, {0}, 2.0], {1})", 0.3, any_(3))
call("np.polyval([1.0, -2.0, 0.5], {0})", any_(3))
call("np.polyval([1, 2, 3], {0})", 0.7)
for n in (1, 2, 4):
    sample(np.vander, any_(3), n)
    sample(np.vander, any_(3), n, increasing=True)
sample(np.vander, any_(3))
sample(np.vander, any_(3), 3, True)
sample(np.vander, any_(3, dtype=np.float32), 4)
composed(np.polyder, any_(4))
composed(np.polyder, any_(4), 2)
composed(np.polyder, any_(4), m=1)
composed(np.polyint, any_(4))
composed(np.polyint, any_(3), k=2.0)
for sizes in ((3, 3), (2, 4), (4, 1)):
    sample([np.polyadd, np.polysub], any_(sizes[0]), any_(sizes[1]))
call("np.polyadd({0}, [1.0, 2.0])", any_(3))

call("np.polyfit({0}, {1}, 2)", np.array([-1.0, -0.3, 0.4, 0.9, 1.6]), any_(5))
call("np.polyfit({0}, {1}, 1)", np.array([-1.0, -0.3, 0.4, 0.9]), any_(4, 2))
call("np.polyfit({0}, {1}, 1, w={2})", np.array([-1.0, -0.3, 0.4, 0.9]), any_(4), positive(4))
