/** The whole program: code, its test, and at the end the seal that shows that both ran to their end. */
export function javascriptProgram(code: string, test: string, seal: string): string {
  // Names are set on the global object, so that code that declares them itself does not clash.
  const prelude = [
    'import __assert from "node:assert/strict";',
    'import { createRequire as __createRequire } from "node:module";',
    "globalThis.assert = __assert;",
    'globalThis.require = __createRequire("file:///sandbox.js");',
    "globalThis.module = { exports: {} };",
    "globalThis.exports = globalThis.module.exports;",
    // Signals are the one thing that the permission model lets through.
    "delete process.kill; delete process._kill;",
    "const __write = process.stdout.write.bind(process.stdout);",
  ];
  return `${prelude.join(" ")}\n${code}\n;\n${test}\n;\n__write(${JSON.stringify(`\n${seal}\n`)});\n`;
}

/**
 * The same in Python. What is loaded before the fence closes stays usable; after it no file, socket or process can be
 * opened: there is no free file descriptor, and the audit hook refuses.
 */
export function pythonProgram(code: string, test: string, seal: string): string {
  return `${PYTHON_PRELUDE}
__program = compile(${JSON.stringify(code)}, "answer", "exec")
__test = compile(${JSON.stringify(test)}, "test", "exec")
__write, __flush = sys.stdout.write, sys.stdout.flush
__fence()
__scope = {"__name__": "answer"}
exec(__program, __scope)
exec(__test, __scope)
__write(${JSON.stringify(`\n${seal}\n`)})
__flush()
`;
}

const PYTHON_PRELUDE = `import sys, resource, math, cmath, re, json, random, string, itertools, functools, collections
import collections.abc, operator, heapq, bisect, statistics, decimal, fractions, datetime, time, copy, typing, enum
import dataclasses, textwrap, abc, contextlib, io, unicodedata, hashlib, base64, traceback, calendar, numbers
for __encoding in ("ascii", "latin-1", "utf-16", "idna"):
    "a".encode(__encoding)
def __fence():
    for limit, most in (("RLIMIT_AS", 1 << 29), ("RLIMIT_FSIZE", 0), ("RLIMIT_NOFILE", 3), ("RLIMIT_NPROC", 0)):
        resource.setrlimit(getattr(resource, limit), (most, most))
    refused = ("open", "os.", "socket.", "subprocess.", "ctypes.", "pty.", "shutil.", "signal.", "resource.", "_posixsubprocess.")
    error = PermissionError
    def watch(event, arguments):
        if event.startswith(refused):
            raise error("not allowed: " + event)
    sys.addaudithook(watch)`;
