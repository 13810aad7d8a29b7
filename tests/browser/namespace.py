"""A network namespace of the tests' own: real addresses, a default route, and nothing behind it.

Firefox and libnice never pair with 127.0.0.1, so servers and browsers meet on a veth address; and no test
packet can leave, because the other end of the veth pair lies in the same namespace. The whole pytest process
moves in before the first test (`enter`); what it starts is born inside. The namespace dies with its last
process, so there is nothing to clean up, also after a crash.

Root needs only `unshare(CLONE_NEWNET)`. Others get a user namespace with it, in which they are root, where
the kernel allows that; it wants a process with a single thread then, so enter early.

The interfaces get no link-local addresses: they would come a second later, and Chromium gives up what it
loads (ERR_NETWORK_CHANGED) when an address comes.
"""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

ADDRESS = "10.77.0.1"
ADDRESS_IPV6 = "fd77::1"

PAIR = """
link set lo up
link add treble0 type veth peer name treble1
"""
NO_LINK_LOCAL = """
link set treble0 addrgenmode none
link set treble1 addrgenmode none
"""
IPV4 = f"""
address add {ADDRESS}/24 dev treble0
link set treble0 up
link set treble1 up
route add default via 10.77.0.2 dev treble0
"""
IPV6 = f"""
address add {ADDRESS_IPV6}/64 dev treble0 nodad
route add default via fd77::2 dev treble0
"""


class NamespaceFailed(Exception):
    """The namespace could not be made; the text says what to do about it."""


def enter() -> None:
    """Move the calling thread, and all that it starts from now on, into a new namespace.

    Call it once from the main thread before others are started; raises `NamespaceFailed`.
    """
    ip = shutil.which("ip", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if ip is None:
        raise NamespaceFailed("`ip` is missing: install iproute2")
    user, group = os.geteuid(), os.getegid()
    if _unshare(CLONE_NEWNET):
        _unshare_as_user(user, group)
    has_ipv6 = Path("/proc/sys/net/ipv6").exists()
    _configure(ip, PAIR)
    if has_ipv6:
        _configure(ip, NO_LINK_LOCAL)
    _configure(ip, IPV4, "-4")
    if has_ipv6:
        _configure(ip, IPV6, "-6")


def _unshare(flags: int) -> int:
    """Returns 0 or the errno."""
    libc = ctypes.CDLL(None, use_errno=True)
    return ctypes.get_errno() if libc.unshare(flags) else 0


def _unshare_as_user(user: int, group: int) -> None:
    error = _unshare(CLONE_NEWUSER | CLONE_NEWNET)
    if error:
        raise NamespaceFailed(
            f"no network namespace: {os.strerror(error)}. Run the tests as root, or allow user namespaces "
            "(sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)"
        )
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def _configure(ip: str, layout: str, *options: str) -> None:
    for line in layout.strip().splitlines():
        done = subprocess.run([ip, *options, *line.split()], capture_output=True, text=True)
        if done.returncode:
            raise NamespaceFailed(f"`ip {line}` failed: {done.stderr.strip()}")
