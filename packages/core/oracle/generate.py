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
from tiers import core

VERSION = '1.0.0'
VECTORS = Path(__file__).resolve().parent.parent / 'vectors'


def entries(regime):
    """The JSON cases of a regime, and the most digits that one of them took."""
    computed = [answered(regime, number) for number in range(1, len(regime.cases) + 1)]
    answers = [answer for answer, _ in computed]
    chosen, result = core(regime, answers), []
    for number, (case, answer) in enumerate(zip(regime.cases, answers), start=1):
        tier = 'core' if number in chosen else 'full'
        entry = {'id': number, 'tier': tier, **case.inputs(), **answer}
        if case.relative_tolerance is not None:
            entry['relativeTolerance'] = bits(case.relative_tolerance)
        result.append(entry)
    return result, max(digits for _, digits in computed)


def answered(regime, number):
    case = regime.cases[number - 1]
    try:
        return (expected if regime.family == 'loss' else expected_binary)(case)
    except Exception as error:
        raise RuntimeError(f'{regime.name}#{number} {case.comment}') from error


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
