"""Every option against one regime: six cases, several options each."""

WEIGHT = [0.5, 1.0, 2.0, 0.25, 1.5]
SMOOTHING = [0.0, 0.125, 0.25, 1.0, 0.5]
SAMPLE_WEIGHT = [1.0, 0.0, 2.5, 0.5]
IGNORED = [-100, -1, 3]


def sweep(r, scores, *flags, rows=4, classes=5, labels=None, dense=True,
          dtypes=('float32', 'float64'), **kept):
    """`scores(dtype)` gives the rows × classes logits that make the regime what it is.

    Labels leave out the last class, so that a mask may; `kept` goes to every case.
    """
    if labels is None:
        labels = r.labels(rows, max(classes - 1, 1))
    for number, (comment, options) in enumerate(combinations(r, rows, classes).items()):
        target = labels
        if 'dense' in comment:
            if not dense:
                continue
            target = r.targets(rows, classes)
        elif isinstance(options.get('ignoreIndex'), list) and rows:
            target = [-1, *labels[1:]]
        dtype = dtypes[number % len(dtypes)]
        r.add(comment, scores(dtype), target, *flags, dtype=dtype, classes=classes, rows=rows,
              **{**options, **kept})


def combinations(r, rows, classes):
    weight, mask = WEIGHT[:classes], [k != classes - 1 or k == 0 for k in range(classes)]
    sample_weight = SAMPLE_WEIGHT[:rows]
    return {
        'others, class and sample weights': {
            'labelSmoothing': 0.1, 'smoothingMode': 'others', 'weight': weight,
            'sampleWeight': sample_weight, 'denominator': 'nonzeroWeights', 'onEmpty': 'zero'},
        'prior, target weights, ignored labels, z-loss': {
            'labelSmoothing': 0.125, 'smoothingMode': 'prior', 'prior': r.distribution(classes),
            'weight': weight, 'weightMode': 'target', 'ignoreIndex': IGNORED, 'zLoss': 2.0 ** -7},
        'expected weights, class mask, sum': {
            'labelSmoothing': 0.2, 'weight': weight, 'weightMode': 'expected',
            'denominator': 'expected', 'classMask': mask, 'reduction': 'sum'},
        'dense, propagate, entropy, none': {
            'labelSmoothing': 0.1, 'weight': weight, 'maskedLogits': 'propagate',
            'subtractEntropy': True, 'reduction': 'none'},
        'ε per class, normalizer': {
            'labelSmoothing': SMOOTHING[:classes], 'sampleWeight': sample_weight,
            'normalizer': 3.5},
        'prior per class, valid rows, entropy': {
            'labelSmoothing': 0.1, 'smoothingMode': 'prior',
            'prior': [u for _ in range(classes) for u in r.distribution(classes)],
            'denominator': 'valid', 'subtractEntropy': True},
    }
