"""All regimes, in the order in which they are generated."""

from cases import (binary, extremes, forms, masks, plain, rows, sizes, small_numbers, smoothing,
                   targets, weights)

REGIMES = [regime for group in (plain, extremes, small_numbers, sizes, smoothing, weights, rows,
                                masks, targets, forms, binary)
           for regime in group.regimes()]
