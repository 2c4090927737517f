"""Writes the golden vectors, or compares them with what is there.

    python oracle/generate.py            writes ../vectors
    python oracle/generate.py --check    regenerates into memory; exit status 1 if a byte differs
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import mpmath

from builder import SEED
from cases import REGIMES
from encode import bits, lines
from evaluate import expected
from evaluate_binary import expected_binary
from flags import FLAGS

VERSION = '1.0.0'
VECTORS = Path(__file__).resolve().parent.parent / 'vectors'


def option_features(case):
    """What a case shows of the options: names, and values where there are few of them."""
    named = {(k, str(v) if isinstance(v, (str, bool)) or v is None else type(v).__name__)
             for k, v in case.options.items()}
    return named | {('target', 'dense' if case.dense else 'labels')}


def core(regime):
    """Ids of the cases that together show every option: those with the most options first."""
    features = [option_features(case) for case in regime.cases]
    seen, chosen = set(), set()
    for place in sorted(range(len(features)), key=lambda i: -len(features[i])):
        if not features[place] <= seen:
            seen |= features[place]
            chosen.add(place + 1)
    return chosen


def entries(regime):
    """The JSON cases of a regime, and the most digits that one of them took."""
    chosen, digits, result = core(regime), 0, []
    compute = expected if regime.family == 'loss' else expected_binary
    for number, case in enumerate(regime.cases, start=1):
        try:
            answers, used = compute(case)
        except Exception as error:
            raise RuntimeError(f'{regime.name}#{number} {case.comment}') from error
        digits = max(digits, used)
        tier = 'core' if number in chosen else 'full'
        entry = {'id': number, 'tier': tier, **case.inputs(), **answers}
        if case.relative_tolerance is not None:
            entry['relativeTolerance'] = bits(case.relative_tolerance)
        result.append(entry)
    return result, digits


def vector_file(regime):
    cases, digits = entries(regime)
    used = {flag for case in regime.cases for flag in case.flags}
    notes = {name: {'bug': bug, 'spec': spec} for name, (bug, spec) in FLAGS.items()
             if name in used}
    header = {'schema': 'vectors-v1', 'family': regime.family, 'regime': regime.name,
              'source': {'generator': 'oracle/generate.py', 'mpmath': mpmath.__version__,
                         'digits': digits, 'seed': SEED}, 'notes': notes}
    return lines(header, cases)


def index(files):
    """Every vector file with its hash, what frameworks answered included, and one hash over all of those."""
    recorded = {f'frameworks/{p.name}': p.read_text('utf-8') for p in VECTORS.glob('frameworks/*.json')}
    listed = [{'file': name, 'sha256': hashlib.sha256(text.encode()).hexdigest(),
               'cases': len(json.loads(text)['cases'])}
              for name, text in [*sorted(files.items()), *sorted(recorded.items())]]
    rows = ',\n'.join(json.dumps(entry) for entry in listed)
    together = hashlib.sha256(''.join(entry['sha256'] for entry in listed).encode()).hexdigest()
    return f'{{\n"version": "{VERSION}",\n"sha256": "{together}",\n"files": [\n{rows}\n]\n}}\n'


def differences(files):
    """Names of files that are missing or differ; vectors that no regime makes count too."""
    stray = {p.name for p in VECTORS.glob('*.json')} - set(files) - {'schema.json'}
    return sorted(stray) + [name for name, text in files.items()
                            if not (VECTORS / name).is_file()
                            or (VECTORS / name).read_text('utf-8') != text]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--check', action='store_true', help='compare instead of writing')
    parser.add_argument('--only', help='write one regime and the index (for work on a case)')
    options = parser.parse_args()
    files = {}
    for regime in REGIMES:
        name = f'{regime.name}.json'
        if options.only not in (None, regime.name):
            files[name] = (VECTORS / name).read_text('utf-8')
            continue
        print(f'{regime.name}: {len(regime.cases)} cases', file=sys.stderr, flush=True)
        files[name] = vector_file(regime)
    files['index.json'] = index(files)
    if options.check:
        wrong = differences(files)
        print('vectors differ: ' + ', '.join(wrong) if wrong else 'vectors: as generated')
        return 1 if wrong else 0
    for name, text in files.items():
        (VECTORS / name).write_text(text, 'utf-8')
    return 0


if __name__ == '__main__':
    sys.exit(main())
