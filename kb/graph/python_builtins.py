"""The names that Python itself provides."""

from __future__ import annotations

_BUILTINS = """
ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError
BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError
ConnectionResetError DeprecationWarning EOFError Ellipsis EncodingWarning EnvironmentError Exception ExceptionGroup
False FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError
ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError
MemoryError ModuleNotFoundError NameError None NotADirectoryError NotImplemented NotImplementedError OSError
OverflowError PendingDeprecationWarning PermissionError ProcessLookupError PythonFinalizationError RecursionError
ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning
SystemError SystemExit TabError TimeoutError True TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError
UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning WindowsError ZeroDivisionError
_IncompleteInputError __build_class__ __debug__ __import__ abs aiter all anext any ascii bin bool breakpoint bytearray
bytes callable chr classmethod compile complex copyright credits delattr dict dir divmod enumerate eval exec exit
filter float format frozenset getattr globals hasattr hash help hex id input int isinstance issubclass iter len
license list locals map max memoryview min next object oct open ord pow print property quit range repr reversed round
set setattr slice sorted staticmethod str sum super tuple type vars zip
"""
_MODULE_NAMES = """
__annotations__ __builtins__ __cached__ __doc__ __file__ __loader__ __name__ __package__ __path__ __spec__ __dict__
__warningregistry__ __author__ __version__ __conditional_annotations__
"""
_CLASS_NAMES = "__class__ __module__ __qualname__ __firstlineno__ __static_attributes__ __classdict__ __type_params__"
_PYTHON_2 = """
StandardError apply basestring buffer cmp coerce execfile file intern long raw_input reduce reload unichr unicode
xrange
"""
# put there by gettext, IPython, Sphinx, SCons, doctest runners and type checkers
_INSTALLED = "_ __ _n ngettext gettext lazy_gettext get_ipython display reveal_type reveal_locals tags In Out exit quit"
BUILTINS = frozenset(_BUILTINS.split() + _MODULE_NAMES.split() + _CLASS_NAMES.split() + _PYTHON_2.split())
NEVER_MISSING = BUILTINS | frozenset(_INSTALLED.split())
_OBJECT = """
__class__ __delattr__ __dict__ __dir__ __doc__ __eq__ __format__ __ge__ __getattribute__ __getstate__ __gt__ __hash__
__init__ __init_subclass__ __le__ __lt__ __module__ __ne__ __new__ __reduce__ __reduce_ex__ __repr__ __setattr__
__sizeof__ __str__ __subclasshook__ __weakref__ __name__ __qualname__ __mro__ __bases__ __base__ __subclasses__ mro
__annotations__ __wrapped__ __text_signature__ __match_args__ __orig_bases__ __orig_class__ __parameters__ __slots__
__dictoffset__ __basicsize__ __abstractmethods__ __firstlineno__ __static_attributes__ __type_params__ __call__
__prepare__ __instancecheck__ __subclasscheck__ __or__ __ror__ __class_getitem__ register __getitem__ __copy__
"""
OBJECT_ATTRIBUTES = frozenset(_OBJECT.split())
