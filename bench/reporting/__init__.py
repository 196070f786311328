"""The parts of bench/report."""
