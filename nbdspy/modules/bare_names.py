"""Bare names of a program's parts, turned into attributes of `self` wherever Python would look outside the function."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import TypeVar

Function = TypeVar("Function", ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
Comprehension = TypeVar("Comprehension", ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class ThroughSelf(ast.NodeTransformer):
    """Writes `self.name` for each of some names; a name that a scope binds itself is that scope's own.

    Args:
        names: The parts and methods.
    """

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self.names:
            return node
        return ast.copy_location(ast.Attribute(ast.Name("self", ast.Load()), node.id, node.ctx), node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.simple = 0  # its target may turn from a name into an attribute
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node, node.body)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return self._function(node, [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return ThroughSelf(self.names - bound(node.body)).generic_visit(node)

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return self._comprehension(node)

    def _function(self, node: Function, body: Sequence[ast.AST]) -> Function:
        """Its defaults and decorators belong to the scope around it."""
        inside = ThroughSelf(self.names - _parameters(node.args) - bound(body))
        node.args.defaults = [self.visit(default) for default in node.args.defaults]
        node.args.kw_defaults = [default and self.visit(default) for default in node.args.kw_defaults]
        if isinstance(node, ast.Lambda):
            node.body = inside.visit(node.body)
            return node
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        node.body = [inside.visit(statement) for statement in node.body]
        return node

    def _comprehension(self, node: Comprehension) -> Comprehension:
        """What it runs over first belongs to the scope around it."""
        first = node.generators[0]
        over = self.visit(first.iter)
        targets = bound([generator.target for generator in node.generators])
        ThroughSelf(self.names - targets).generic_visit(node)
        first.iter = over
        return node


def bound(body: Iterable[ast.AST]) -> set[str]:
    """The names that some statements bind in the scope they stand in.

    Example:
        >>> sorted(bound(ast.parse("for row in [cell for cell in rows]: total = row").body))
        ['row', 'total']
    """
    names: set[str] = set()
    elsewhere: set[str] = set()
    left = list(body)
    while left:
        node = left.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
                continue  # what stands inside has a scope of its own
            case ast.Lambda():
                continue
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                names |= {inner.target.id for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)}
                continue
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.alias(name=name, asname=asname):
                names.add(asname or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case ast.MatchMapping(rest=str(name)):
                names.add(name)
            case ast.Global(names=declared) | ast.Nonlocal(names=declared):
                elsewhere.update(declared)
        left.extend(ast.iter_child_nodes(node))
    return names - elsewhere


def _parameters(arguments: ast.arguments) -> set[str]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return {argument.arg for argument in every if argument is not None}
