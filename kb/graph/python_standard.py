"""The top modules of Python's standard library, by version."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_STANDARD = """
__future__ __main__ _abc _aix_support _ast _asyncio _bisect _blake2 _bootsubprocess _bz2 _codecs _codecs_cn
_codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _collections _collections_abc _compat_pickle
_compression _contextvars _crypt _csv _ctypes _curses _curses_panel _datetime _dbm _decimal _elementtree
_frozen_importlib _frozen_importlib_external _functools _gdbm _hashlib _heapq _imp _io _json _locale _lsprof
_lzma _markupbase _md5 _msi _multibytecodec _multiprocessing _opcode _operator _osx_support _overlapped
_pickle _posixshmem _posixsubprocess _py_abc _pydecimal _pyio _queue _random _scproxy _sha1 _sha256 _sha3
_sha512 _signal _sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics _string _strptime _struct
_symtable _thread _threading_local _tkinter _tokenize _tracemalloc _typing _uuid _warnings _weakref
_weakrefset _winapi _zoneinfo abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit
audioop base64 bdb binascii bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs
codeop collections colorsys compileall concurrent configparser contextlib contextvars copy copyreg crypt csv
ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum
errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass
gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io
ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math
mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers
opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib
poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri
random re readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil
signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl
stat statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile
telnetlib tempfile termios textwrap this threading time timeit tkinter token tokenize tomllib trace
traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uu uuid venv warnings
wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
"""
_GONE_IN_3_0 = """
BaseHTTPServer CGIHTTPServer ConfigParser Cookie HTMLParser Queue SimpleHTTPServer SocketServer
StringIO Tkinter UserDict UserList UserString __builtin__ anydbm cPickle cStringIO commands cookielib
copy_reg dbhash dumbdbm dummy_thread exceptions htmlentitydefs httplib md5 mimetools robotparser
rfc822 sets sha tkMessageBox thread urllib2 urlparse user xmlrpclib whichdb new popen2 compiler
SimpleXMLRPCServer DocXMLRPCServer tkFileDialog tkSimpleDialog ttk future_builtins
"""
_GONE_IN_3_13 = """
aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev pipes sndhdr
spwd sunau telnetlib uu xdrlib
"""
# What Python 3.11 has; later and earlier versions differ by the two tables below.
STANDARD_3_11 = frozenset(_STANDARD.split())
ADDED: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "contextvars": (3, 7),
        "dataclasses": (3, 7),
        "graphlib": (3, 9),
        "zoneinfo": (3, 9),
        "tomllib": (3, 11),
        "_suggestions": (3, 13),
        "_colorize": (3, 14),
        "annotationlib": (3, 14),
        "compression": (3, 14),
    }
)
REMOVED: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        **dict.fromkeys(_GONE_IN_3_0.split(), (3, 0)),
        **dict.fromkeys(["_dummy_thread", "dummy_threading", "_dummy_threading"], (3, 9)),
        **dict.fromkeys(["formatter", "macpath", "parser", "symbol"], (3, 10)),
        **dict.fromkeys(["binhex"], (3, 11)),
        **dict.fromkeys(["asynchat", "asyncore", "distutils", "imp", "smtpd", "_bootsubprocess"], (3, 12)),
        **dict.fromkeys(_GONE_IN_3_13.split(), (3, 13)),
    }
)
EVER_STANDARD = STANDARD_3_11 | ADDED.keys() | REMOVED.keys()


def is_standard(module: str, oldest: tuple[int, int] | None = None) -> bool:
    """Return whether a top module is part of the standard library of any version from `oldest` (3.11 if None) on."""
    if module not in EVER_STANDARD:
        return False
    removed = REMOVED.get(module)
    return removed is None or removed > (oldest or (3, 11))
