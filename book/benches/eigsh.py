"""Times scipy beside the kit: `python eigsh.py side [side …]` prints, for the Laplacian on a square grid of each side, the median of
seconds and the number of products that `eigsh` takes for the largest eigenvalue to 1e-8, or TOLERANCE; then, for dense symmetric matrices of some
sizes, the median of seconds of LAPACK's `dsyevr` (numpy's `eigh` uses `dsyevd`). Run it with OMP_NUM_THREADS=1 for one thread."""

import os
import statistics
import sys
import time

import numpy
import scipy
from scipy import linalg, sparse
from scipy.sparse.linalg import LinearOperator, eigsh


# On one thread, the time that it had a processor, so that other work on the machine counts less.
now = time.process_time if os.environ.get("OMP_NUM_THREADS") == "1" else time.perf_counter


def median(repeats, task):
    seconds = []
    for _ in range(repeats):
        start = now()
        task()
        seconds.append(now() - start)
    return statistics.median(seconds)


def laplacian(side):
    chain = sparse.diags([-1.0, 2.0, -1.0], [-1, 0, 1], (side, side))
    one = sparse.identity(side)
    return sparse.csr_matrix(sparse.kron(chain, one) + sparse.kron(one, chain))


tolerance = float(os.environ.get("TOLERANCE", "1e-8"))
print("scipy", scipy.__version__, "numpy", numpy.__version__)
for side in map(int, sys.argv[1:]):
    matrix = laplacian(side)
    n = side * side
    products = 0

    def multiply(v):
        global products
        products += 1
        return matrix @ v

    generator = numpy.random.default_rng(1)
    counted = LinearOperator((n, n), multiply, dtype=float)
    repeats = 1 if n > 500_000 else 5
    start = generator.standard_normal(n)
    seconds = median(repeats, lambda: eigsh(counted, 1, which="LA", tol=tolerance, v0=start, maxiter=100_000))
    print("eigsh", side, seconds, products // repeats)
for n in [100, 200, 400]:
    generator = numpy.random.default_rng(1)
    matrix = generator.standard_normal((n, n))
    matrix = matrix + matrix.T
    seconds = median(9, lambda: linalg.eigh(matrix, driver="evr"))
    print("eigh", n, seconds, median(9, lambda: numpy.linalg.eigh(matrix)))
