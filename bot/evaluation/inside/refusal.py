"""What the candidate's process gives up for good: capabilities, new processes, sockets, signals, odd system calls.

A seccomp filter and not the limit on processes, because the kernel does not count those of the superuser. Numbers of
system calls: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct

_X86_64 = {
    **{"shmget": 29, "socket": 41, "connect": 42, "socketpair": 53, "clone": 56, "fork": 57, "vfork": 58, "execve": 59},
    **{"kill": 62, "semget": 64, "msgget": 68, "ptrace": 101, "rt_sigqueueinfo": 129, "personality": 135},
    **{"pivot_root": 155, "chroot": 161, "mount": 165, "umount2": 166, "tkill": 200, "tgkill": 234, "mq_open": 240},
    **{"add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272, "rt_tgsigqueueinfo": 297},
    **{"perf_event_open": 298, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "memfd_create": 319},
    **{"bpf": 321, "execveat": 322, "userfaultfd": 323},
}
_AARCH64 = {
    **{"umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "personality": 92, "unshare": 97, "ptrace": 117},
    **{"kill": 129, "tkill": 130, "tgkill": 131, "rt_sigqueueinfo": 138, "mq_open": 180, "msgget": 186, "semget": 190},
    **{"shmget": 194, "socket": 198, "socketpair": 199, "connect": 203, "add_key": 217, "request_key": 218},
    **{"keyctl": 219, "clone": 220, "execve": 221, "rt_tgsigqueueinfo": 240, "perf_event_open": 241, "setns": 268},
    **{"process_vm_readv": 270, "process_vm_writev": 271, "memfd_create": 279, "bpf": 280, "execveat": 281},
    **{"userfaultfd": 282},
}
_EVERYWHERE = {
    **{"pidfd_send_signal": 424, "io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430},
    **{"fspick": 433, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438, "mount_setattr": 442, "memfd_secret": 447},
}
MACHINES = {"x86_64": (0xC000003E, _X86_64 | _EVERYWHERE), "aarch64": (0xC00000B7, _AARCH64 | _EVERYWHERE)}

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # the four instructions of classic BPF that are used
_ALLOW, _NOT_PERMITTED, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
_X32 = 0x40000000  # calls of another ABI on x86_64, from here on
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2  # prctl
_CAPABILITIES_3 = 0x20080522


def filter_of(machine: str) -> bytes:
    """Return the BPF program for a machine; raises KeyError for one whose system calls are not known."""
    architecture, calls = MACHINES[machine]
    refused = sorted(calls.values())
    lines = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    lines.append((_AT_LEAST, len(refused) + 1, 0, _X32))
    lines += [(_EQUAL, len(refused) - i, 0, number) for i, number in enumerate(refused)]
    lines += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _NOT_PERMITTED)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def give_up(memory_bytes: int, seconds: int) -> None:
    """Take from this process what no candidate needs; raises OSError or KeyError where that cannot be."""
    for which, cap in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(which, (cap, cap))
    libc = ctypes.CDLL(None, use_errno=True)
    program = filter_of(os.uname().machine)
    held = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(held))
    nobody = struct.pack("=Ii", _CAPABILITIES_3, 0)
    _done(libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _done(libc.capset(nobody, bytes(24)))
    _done(libc.prctl(_SECCOMP, _FILTER, header, 0, 0))


def _done(code: int) -> None:
    if code:
        raise OSError(ctypes.get_errno(), "the sandbox could not be closed")
