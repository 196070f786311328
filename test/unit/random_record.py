#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""The cases of random_vectors.hpp in Python, and the script that recorded random_vectors.inc with CPython 3.11.

    python3 random_record.py > random_vectors.inc
"""
import random
import struct
import sys

GOLDEN = 0x9E3779B97F4A7C15
MASK = 2**64 - 1

SEEDS = (
    [0, 1, -1, 2, -2, 42, -42, 2024, 2**31 - 1, 2**31, -(2**31), 2**32 - 1, 2**32, -(2**32), 2**32 + 1, 2**53, 10**18]
    + [2**63 - 1, -(2**63 - 1), 2**63, -(2**63), 2**64 - 1, 2**64 - 2]
    + list(range(3, 83))
    + [i * GOLDEN & MASK for i in range(1, 81)]
    + [-(i * GOLDEN & MASK >> 1) for i in range(1, 41)]
)


def sample_all(r, *sizes):
    return [drawn for n, k in sizes for drawn in r.sample(range(n), k)]


def shuffled(r, *sizes):
    result = []
    for n in sizes:
        x = list(range(n))
        r.shuffle(x)
        result += x
    return result


def interplay(r):
    x = list(range(9))
    result = [r.gauss(0.0, 1.0), r.random(), r.gauss(0.0, 1.0), r.choice(x), r.gauss(5.0, 2.0), r.normalvariate(0.0, 1.0)]
    r.shuffle(x)
    return result + x + [r.randint(1, 100), r.gauss(-1.0, 3.0), r.gauss(0.0, 1.0)]


# name, whether the result depends on libm, the case
CASES = [
    ("words", False, lambda r: [r.getrandbits(32) for _ in range(700)]),
    ("random", False, lambda r: [r.random() for _ in range(10)]),
    ("uniform", False, lambda r: [r.uniform(a, b) for a, b in ((-2.5, 7.25), (3.0, 1.0), (0.0, 0.0), (1e300, -1e300), (0.1, 0.7))]),
    ("getrandbits", False, lambda r: [r.getrandbits(k) for k in range(65)]),
    ("randbytes", False, lambda r: [byte for n in range(14) for byte in r.randbytes(n)]),
    ("randint", False, lambda r: [r.randint(a, b) for a, b in [(1, 6)] * 10 + [(5, 5)] + [(-3, 3)] * 5 + [(0, 1)] * 5]),
    ("randint_wide", False, lambda r: [r.randint(a, b) for a, b in
        [(-(2**63), 2**63 - 1)] * 4 + [(0, 2**64 - 1)] * 4 + [(2**63, 2**64 - 1)] * 3 + [(0, 2**32 - 1)] * 3
        + [(0, 2**32)] * 3 + [(-(10**15), 10**15)] * 3 + [(-1, 2**63 - 2)] * 3]),
    ("randrange_stop", False, lambda r: [r.randrange(n) for n in (1, 2, 10, 1000, 2**33, 2**63 - 1, 2**64 - 1)]),
    ("randrange_start_stop", False, lambda r: [r.randrange(a, b) for a, b in
        ((3, 4), (-5, 5), (100, 1000), (-(2**63), 2**63 - 1), (0, 2**64 - 1))]),
    ("randrange_step", False, lambda r: [r.randrange(a, b, c) for a, b, c in
        ((0, 100, 7), (10, -10, -3), (-5, 1000000007, 13), (0, 1, 5), (10, 9, -1), (-(2**63), 2**63 - 1, 2**63 - 1),
         (2**63 - 1, -(2**63), -(2**63)), (0, 2**64 - 1, 3), (2**64 - 1, 0, -7), (2**63 - 1, -(2**63), -1))]),
    ("choice", False, lambda r: [r.choice(range(n)) for n in (10, 10, 10, 1, 2, 1000, 2**62)]),
    ("choices", False, lambda r: r.choices(range(7), k=10) + r.choices(range(5), k=0) + r.choices(range(2**53), k=3)),
    ("choices_integers", False, lambda r: r.choices(range(5), [1, 0, 5, 2, 10], k=10)
        + r.choices(range(4), [2**62, 2**61 + 1, 3, 2**53 + 1], k=6)),
    ("choices_floats", False, lambda r: r.choices(range(5), [0.1, 0.2, 0.3, 2.5, 0.0], k=10)),
    ("choices_totals", False, lambda r: r.choices(range(4), cum_weights=[0.5, 0.5, 3.25, 10.0], k=10)),
    ("shuffle", False, lambda r: shuffled(r, 0, 1, 2, 10, 100, 700)),
    ("sample_pool", False, lambda r: sample_all(r, (10, 3), (10, 10), (21, 5), (100, 30), (85, 6), (20, 0), (1, 1))),
    ("sample_set", False, lambda r: sample_all(r, (22, 5), (86, 6), (1000, 5), (10**9, 10), (2**62, 20), (5000, 100))),
    ("sample_counts", False, lambda r: r.sample([10, 20, 30, 40], counts=[4, 0, 2, 7], k=5)
        + r.sample([10, 20, 30, 40], counts=[4, 0, 2, 7], k=13) + r.sample([7, 8, 9], counts=[10**9, 5, 10**12], k=12)),
    ("triangular", False, lambda r: [r.triangular(), r.triangular(), r.triangular(-1.0, 5.0), r.triangular(-1.0, 5.0)]
        + [r.triangular(*a) for a in ((2.0, 8.0, 3.0),) * 3 + ((0.0, 1.0, 0.0), (0.0, 1.0, 1.0), (4.0, 4.0, 4.0), (0.0, 1.0, 2.0))]),
    ("gauss", True, lambda r: [r.gauss() for _ in range(5)]),
    ("gauss_scaled", True, lambda r: [r.gauss(10.0, 0.5) for _ in range(4)]),
    ("normalvariate", True, lambda r: [r.normalvariate() for _ in range(5)] + [r.normalvariate(-3.0, 2.5)]),
    ("lognormvariate", True, lambda r: [r.lognormvariate(0.5, 0.25) for _ in range(4)]),
    ("expovariate", True, lambda r: [r.expovariate(a) for a in (1.5, 1.5, -2.0, 0.001)]),
    ("gammavariate", True, lambda r: [r.gammavariate(9.5, 0.5) for _ in range(5)] + [r.gammavariate(1.001, 2.0)]),
    ("gammavariate_one", True, lambda r: [r.gammavariate(1.0, 2.0) for _ in range(3)]),
    ("gammavariate_small", True, lambda r: [r.gammavariate(a, 2.0) for a in (0.01, 0.3, 0.3, 0.999, 0.3)]),
    ("betavariate", True, lambda r: [r.betavariate(2.0, 3.0) for _ in range(4)]),
    ("betavariate_small", True, lambda r: [r.betavariate(a, b) for a, b in ((1.0, 4.0), (0.001, 0.5), (0.5, 0.5))]),
    ("vonmisesvariate", True, lambda r: [r.vonmisesvariate(0.0, 4.0) for _ in range(5)]),
    ("vonmisesvariate_flat", True, lambda r: [r.vonmisesvariate(m, k) for m, k in ((3.0, 0.0), (1.0, -1.0), (1.0, 2e-6), (-1.0, 0.001))]),
    ("vonmisesvariate_sharp", True, lambda r: [r.vonmisesvariate(2.0, 1e5), r.vonmisesvariate(-20.0, 50.0)]),
    ("paretovariate", True, lambda r: [r.paretovariate(a) for a in (3.0, 0.5, 3.0, 1.25)]),
    ("weibullvariate", True, lambda r: [r.weibullvariate(a, b) for a, b in ((1.0, 1.5), (2.0, 0.5), (1.5, 2.5))]),
    ("interplay", True, interplay),
]


def bits(value):
    return struct.unpack("<Q", struct.pack("<d", value))[0] if isinstance(value, float) else value & MASK


def digest(values):
    """FNV-1a of the values' 64 bits, lowest byte first."""
    result = 0xCBF29CE484222325
    for value in values:
        for byte in bits(value).to_bytes(8, "little"):
            result = (result ^ byte) * 0x100000001B3 & MASK
    return result




def main():
    print(f"// Recorded by random_record.py with CPython {sys.version.split()[0]}. A row is the seed (negative, magnitude) and a number per")
    print("// case: the FNV-1a digest of all values drawn, and for a case that depends on libm the bits of the last one.")
    print("constexpr char const* recorded_names[] = {" + ", ".join(f'"{name}"' for name, _, _ in CASES) + "};")
    print(f"constexpr struct {{ bool negative; std::uint64_t magnitude; std::uint64_t numbers[{len(CASES)}]; }} recorded[] = {{")
    for seed in SEEDS:
        numbers = []
        for _, libm, case in CASES:
            values = case(random.Random(seed))
            numbers.append(bits(values[-1]) if libm else digest(values))
        print("{%s,%#x,{%s}}," % (str(seed < 0).lower(), abs(seed), ",".join("%#x" % n for n in numbers)))
    print("};")


if __name__ == "__main__":
    main()
