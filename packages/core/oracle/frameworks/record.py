"""Asks the installed frameworks and writes vectors/frameworks/<dialect>.json.

    python oracle/frameworks/record.py                  every dialect, each in a process of its own
    python oracle/frameworks/record.py --only pytorch
    python oracle/frameworks/record.py --check          compares with the files, writes nothing

Ids are positions: a new case goes to the end of its recorder's cases(), never in between.
"""

import argparse
import importlib
import os
import subprocess
import sys
from pathlib import Path

ORACLE = Path(__file__).resolve().parent.parent
sys.path[0] = str(ORACLE)    # this folder has a keras.py, which must not hide the real one

from encode import bits, lines, option    # noqa: E402
from frameworks.dialects import DIALECTS    # noqa: E402
from frameworks.expected import definition, oracle_case, worst    # noqa: E402

VECTORS = ORACLE.parent / 'vectors' / 'frameworks'
NAN = float('nan')    # of one sign: the bits of a computed NaN depend on the machine
# In ULP at scale. A framework sums and takes exp in its own way; a wrong formula is off by thousands.
BUDGET = {'loss': 4.0, 'gradient': 8.0}


def record(dialect):
    """The text of a dialect's file, and a line on how far its answers are from the definition."""
    recorder = importlib.import_module('frameworks.' + dialect.replace('-', '_'))
    header = {'schema': 'frameworks-v1', 'dialect': dialect, 'framework': recorder.FRAMEWORK,
              'version': recorder.VERSION, 'precision': recorder.PRECISION, 'source': recorder.SOURCE}
    cases = list(recorder.cases())
    answers = (recorder.ask_all(cases) if hasattr(recorder, 'ask_all') else
               [recorder.ask(case.batch, case.options) for case in cases])
    entries, errors, deviating, surprises = [], {'loss': 0.0, 'gradient': 0.0}, [], []
    for number, (case, answer) in enumerate(zip(cases, answers, strict=True), start=1):
        truth = definition(dialect, case)
        values = flattened(answer)
        found = {part: worst(values[part], truth[part], case.precision or recorder.PRECISION) for part in values}
        differs = any(found[part] > BUDGET[part] for part in found)
        if differs != (case.deviation is not None):
            surprises.append(report(dialect, number, case, found, values, truth))
        if differs:
            deviating.append(number)
        else:
            errors |= {part: max(errors[part], found[part]) for part in found}
        entries.append(entry(dialect, number, case, values, truth))
    if surprises:
        raise SystemExit('\n'.join(surprises))
    summary = (f"{dialect}: {len(cases)} answers of {recorder.FRAMEWORK} {recorder.VERSION}, worst loss "
               f"{errors['loss']:.2f} ULP, gradient {errors['gradient']:.2f} ULP, deviations {deviating}")
    return lines(header, entries), summary


def flattened(answer):
    """Flat floats of a loss and, where there is one, a gradient, in the logits' layout."""
    return {part: [NAN if v != v else float(v) for v in values.ravel().tolist()]
            for part, values in zip(('loss', 'gradient'), answer) if values is not None}


def entry(dialect, number, case, values, truth):
    inputs = {k: v for k, v in oracle_case(dialect, case).inputs().items() if k != 'flags'}
    inputs['options'] = {'dialect': dialect, **{k: option(v) for k, v in case.options.items()}}
    outputs = {part: {'f64': [bits(v) for v in values[part]], 'scale': truth[part]['scale']} for part in values}
    extra = {'precision': case.precision, 'deviation': case.deviation}
    return {'id': number, **inputs, **outputs, **{k: v for k, v in extra.items() if v is not None}}


def report(dialect, number, case, found, values, truth):
    verdict = 'does not deviate' if case.deviation else 'differs'
    expected = {part: truth[part]['f64'] for part in values}
    return f'{dialect}#{number} ({case.comment}) {verdict}: {found}\n  recorded {values}\n  expected {expected}'


def write(dialect, check):
    text, summary = record(dialect)
    path = VECTORS / f'{dialect}.json'
    print(summary, flush=True)
    if check and path.read_text() != text:
        print(f'{path.name} differs')
        return 1
    if not check:
        path.write_text(text)
        refresh_index()
    return 0


def refresh_index():
    """index.json holds the hash of every file."""
    from generate import index    # here: on import it draws every case of the oracle
    root = VECTORS.parent
    others = {p.name: p.read_text() for p in root.glob('*.json') if p.stem not in ('index', 'schema')}
    (root / 'index.json').write_text(index(others))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--only', choices=DIALECTS, help='one dialect')
    parser.add_argument('--t5x-source', metavar='PATH', help="T5X's t5x/losses.py")
    parser.add_argument('--check', action='store_true', help='compare instead of writing')
    parser.add_argument('--tfjs-folder', metavar='PATH', help='where @tensorflow/tfjs is installed')
    options = parser.parse_args()
    for name, path in (('T5X_LOSSES', options.t5x_source), ('TFJS_FOLDER', options.tfjs_folder)):
        if path:
            os.environ[name] = path
    if options.only:
        return write(options.only, options.check)
    # Frameworks do not share a process well: each brings its own threads and its own protobuf.
    command = [sys.executable, __file__, *sys.argv[1:]]
    return max(subprocess.run([*command, '--only', dialect]).returncode for dialect in DIALECTS)


if __name__ == '__main__':
    sys.exit(main())
