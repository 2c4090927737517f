"""Which cases are of tier core: a few that show between them what their regime is there to show.

Devices such as GPUs run float32 alone, so float32 cases come first, and other dtypes only for what
no float32 case of the regime shows.
"""

from functools import cache

from cases import REGIMES
from encode import unpacked
from evaluate import outline

SMALLEST_NORMAL = {'float16': 2.0 ** -14, 'float32': 2.0 ** -126, 'float64': 2.0 ** -1022}


def core(regime, answers):
    """Ids of the cases of tier core. The case that shows most that is new always comes next."""
    shown = [features(regime, case, answer)
             for case, answer in zip(regime.cases, answers, strict=True)]
    seen, chosen = set(), set()
    for preferred in (True, False):
        places = [i for i, case in enumerate(regime.cases) if (case.dtype == 'float32') == preferred]
        while places:
            place = max(places, key=lambda i: len(shown[i] - seen))
            if shown[place] <= seen:
                break
            seen |= shown[place]
            chosen.add(place + 1)
    return chosen


def features(regime, case, answer):
    """What a case shows: bugs, the form of its target, options, subnormals in its gradient."""
    bugs = {('flag', flag) for flag in case.flags if home(flag) == regime.name}
    subnormal = any(0 < abs(unpacked(digits)) < SMALLEST_NORMAL[case.dtype]
                    for digits in answer['gradient']['f64'])
    return (bugs | {('target', target_form(case)), ('subnormal', subnormal)}
            | option_features(case))


@cache
def home(flag):
    """The regime that is most about a bug: elsewhere it need not be of tier core."""
    return max(REGIMES, key=lambda regime: sum(flag in case.flags for case in regime.cases)).name


def target_form(case):
    """Rows that do not sum to 1 are a form of their own: a gradient p − q is right for the rest."""
    if not case.dense or case.elementwise:
        return 'elements' if case.dense else 'labels'
    rows = [case.target[i:i + case.classes] for i in range(0, len(case.target), case.classes)]
    return 'dense' if all(abs(sum(row) - 1) < 2.0 ** -8 for row in rows) else 'dense, another sum'


def option_features(case):
    """Options that matter to the answers, and ε = 0, which no case states."""
    matter = case.options if case.elementwise else mattering(case)
    shown = {(name, form(case, case.options[name])) for name in matter}
    return shown if 'labelSmoothing' in case.options else shown | {('labelSmoothing', 'none')}


def form(case, value):
    """Words and switches as they are; of numbers only whether there is one, or K, or K × K."""
    if isinstance(value, list):
        return 'square' if len(value) == case.classes ** 2 > 1 else 'list'
    return str(value) if isinstance(value, (str, bool)) or value is None else type(value).__name__


def mattering(case):
    """Names of the options without which, their defaults in their place, the answers would be others."""
    usual = outline(case, case.options)
    return [name for name in case.options if without(case, name) != usual]


def without(case, name):
    try:
        return outline(case, {k: v for k, v in case.options.items() if k != name})
    except (AssertionError, TypeError):
        return None    # another option, or a label, has no meaning without it
