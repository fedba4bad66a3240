# What runs inside the jail, around somebody else's code.
#
# A request comes in on standard input, frames go out on descriptor 3: one line each, the run's
# nonce, a space, JSON. Whatever the candidate prints goes elsewhere. The candidate shares this interpreter
# and may break all of it; it cannot gain by that, because what is expected is not in here.
import sys

sys.path[:] = [path for path in sys.path if path]

import ast
import json
import os
import types

DEPTH, NODES, TEXT = 64, 50_000, 1_000_000
# Python itself refuses to write numbers of more than 4,300 digits; older ones take forever.
BITS = 14_000


class NotPlain(Exception):
    pass


def encode(value, depth=0, count=None):
    """A value as JSON that keeps Python's types; an object always has one key, the type's name.

    A value is what its plain base type holds: for a subclass of int that is its number, whatever
    its __eq__ says.
    """
    count = count if count is not None else [0]
    count[0] += 1
    if depth > DEPTH:
        raise NotPlain("a value nested deeper than %d levels" % DEPTH)
    if count[0] > NODES:
        raise NotPlain("a value of more than %d parts" % NODES)
    kind = type(value)
    inner = depth + 1
    if value is None or value is True or value is False:
        return value
    if issubclass(kind, int):
        if int.bit_length(value) > BITS:
            raise NotPlain("a number of more than %d bits" % BITS)
        return int.__int__(value)
    if issubclass(kind, float):
        return float.__float__(value)
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, list):
        return [encode(item, inner, count) for item in list.__iter__(value)]
    if issubclass(kind, tuple):
        return {"tuple": [encode(item, inner, count) for item in tuple.__iter__(value)]}
    if issubclass(kind, dict):
        pairs = dict.items(value)
        return {"dict": [[encode(k, inner, count), encode(v, inner, count)] for k, v in pairs]}
    if issubclass(kind, (set, frozenset)):
        return {"set": [encode(item, inner, count) for item in value]}
    raise NotPlain("an object of type %s" % kind.__name__)


def decode(node):
    if isinstance(node, list):
        return [decode(item) for item in node]
    if not isinstance(node, dict):
        return node
    ((kind, items),) = node.items()
    if kind == "dict":
        return {decode(key): decode(value) for key, value in items}
    decoded = [decode(item) for item in items]
    return tuple(decoded) if kind == "tuple" else set(decoded)


def answer(value):
    try:
        node = encode(value)
        if len(json.dumps(node)) > TEXT:
            raise NotPlain("a value of more than %d characters" % TEXT)
        return node
    except NotPlain as reason:
        return {"other": str(reason)}
    except Exception:
        return {"other": "a value that cannot be read"}


def failure(error):
    """An exception as a frame; its own methods may misbehave."""
    try:
        message = str(error)[:300]
    except BaseException:
        message = ""
    denied = isinstance(error, PermissionError) and error.errno in (1, 13)
    return {
        "error": type(error).__name__,
        "message": message,
        "memory": isinstance(error, MemoryError),
        "denied": denied,
    }


def run(request, send):
    try:
        tree = ast.parse(request["source"])
        code = compile(tree, "candidate.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        send({"syntax": str(getattr(error, "msg", error)), "line": line if line else 0})
        return
    module = types.ModuleType("candidate")
    sys.modules["candidate"] = module
    try:
        exec(code, module.__dict__)
        owner, _, name = request["entry"].rpartition(".")
        if owner:
            found = getattr(module.__dict__.get(owner), name, None)
            make = lambda: getattr(module.__dict__[owner](), name)
        else:
            found = module.__dict__.get(name)
            make = lambda: found
        if not callable(found):
            send({"missing": request["entry"]})
            return
    except BaseException as error:
        send({"load": failure(error)})
        return
    send({"loaded": True})
    if "check" in request:
        run_check(request["check"], make(), module, send)
        return
    for case in request["cases"]:
        try:
            arguments = [decode(argument) for argument in case]
            value = make()(*arguments)
            frame = {"value": answer(value), "changed": [answer(a) for a in arguments] != case}
        except BaseException as error:
            frame = {"raised": failure(error)}
        send(frame)


def run_check(check, candidate, module, send):
    """HumanEval's way: asserts beside the candidate, which could cheat them."""
    try:
        exec(compile(check, "check.py", "exec", dont_inherit=True), module.__dict__)
        module.__dict__["check"](candidate)
        send({"value": None, "changed": False})
    except BaseException as error:
        send({"raised": failure(error)})


def literal_case(statement):
    """(arguments, expected, tolerance) of an assert whose two sides are literals, else None."""
    test = statement.test if isinstance(statement, ast.Assert) else None
    tolerance = None
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
        return None
    call, right = test.left, test.comparators[0]
    if isinstance(test.ops[0], ast.Lt) and isinstance(call, ast.Call):
        # abs(candidate(...) - LITERAL) < LITERAL
        inside = call.args[0] if call.args else None
        if getattr(call.func, "id", "") != "abs" or not isinstance(inside, ast.BinOp):
            return None
        if not isinstance(inside.op, ast.Sub):
            return None
        tolerance = float(ast.literal_eval(right))
        call, right = inside.left, inside.right
    elif not isinstance(test.ops[0], (ast.Eq, ast.Is)):
        return None
    if not isinstance(call, ast.Call) or getattr(call.func, "id", "") != "candidate":
        return None
    if call.keywords:
        return None
    arguments = [ast.literal_eval(argument) for argument in call.args]
    return [encode(a) for a in arguments], encode(ast.literal_eval(right)), tolerance


def extract(request, send):
    """Takes the literal cases out of a check function and says what is left of it."""
    tree = ast.parse(request["source"])
    cases, rest = [], 0
    for node in tree.body:
        if not (isinstance(node, ast.FunctionDef) and node.name == "check"):
            continue
        for statement in node.body:
            try:
                case = literal_case(statement)
            except (ValueError, TypeError, NotPlain):
                case = None
            # "assert True, ..." tests nothing.
            test = getattr(statement, "test", None)
            idle = isinstance(test, ast.Constant) and test.value is True
            if case:
                cases.append(case)
            elif not idle:
                rest += 1
    for arguments, expected, tolerance in cases:
        send({"arguments": arguments, "expected": expected, "tolerance": tolerance})
    send({"rest": rest})


def main():
    request = json.loads(sys.stdin.buffer.read())
    nonce, dumps, write = request["nonce"], json.dumps, os.write

    def send(frame):
        data = (nonce + " " + dumps(frame) + "\n").encode()
        while data:
            data = data[write(3, data):]

    {"run": run, "extract": extract}[request["do"]](request, send)
    send({"done": True})
    try:
        sys.__stdout__.flush()
    finally:
        # Not through the candidate's exit handlers and threads.
        os._exit(0)


main()
