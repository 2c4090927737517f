"""Files of frameworks that cannot be installed or imported whole, fetched when recording."""

import ast
import hashlib
import importlib.util
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

CACHE = Path(os.environ.get('LABEL_SMOOTHING_SOURCES', Path(tempfile.gettempdir()) / 'label-smoothing-sources'))


def sdist(requirement):
    """The source archive of a pinned requirement, by pip. Nothing is built."""
    name, version = requirement.split('==')
    path = CACHE / f"{name.replace('-', '_')}-{version}.tar.gz"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps', '--no-build-isolation',
                   '--no-binary', ':all:', '--dest', str(CACHE), requirement]
        subprocess.run(command, check=True, env={**os.environ, 'FLASH_ATTENTION_SKIP_CUDA_BUILD': 'TRUE'})
    return path


def member(requirement, inner):
    """One file of the archive, extracted."""
    with tarfile.open(sdist(requirement)) as archive:
        name = next(n for n in archive.getnames() if n.split('/', 1)[-1] == inner)
        archive.extract(name, CACHE, filter='data')
    return CACHE / name


def module(name, path):
    """A file as a module of a given name; its package is never imported."""
    spec = importlib.util.spec_from_file_location(name, path)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


def function(path, name):
    """One function out of a file whose imports do not work; it must need none of them."""
    tree = ast.parse(Path(path).read_text())
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    scope = {}
    exec(compile(tree, str(path), 'exec'), scope)
    return scope[name]


def fingerprint(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
