"""All regimes, in the order in which they are generated."""

from cases import masks, plain, weights

REGIMES = [regime for group in (plain, weights, masks)
           for regime in group.regimes()]
