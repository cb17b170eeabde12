"""Writing a folder or a file so that it is there whole or not at all; reading damaged ones."""

from __future__ import annotations

import errno
import glob
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # a system without such locks: the number of the process must do
    fcntl = None  # type: ignore[assignment]

from forecast.errors import Faults, InputError, RunError
from forecast.words import say

PARTIAL = ".partial"
REPLACED = ".replaced"
YOUNG = 10.0  # seconds, in which a new folder may not be locked yet

Owned = Callable[[Path], frozenset[str]]  # files of a folder that may go; raises if not ours


def owns_nothing(folder: Path) -> frozenset[str]:
    """Of a folder of which nothing is known, nothing may be removed."""
    return frozenset()


@contextmanager
def damage(path: Path, faults: Faults) -> Iterator[None]:
    """Turn a file that cannot be read into a fault that names it."""
    try:
        yield
    except FileNotFoundError:
        faults.add(path.name, say("the file is missing"), say("run the scenario again"))
    except (OSError, ValueError) as error:
        message = say("the file is damaged") + f" ({error})"
        faults.add(path.name, message, say("run the scenario again"))


@contextmanager
def replacing(folder: Path, *, owned: Owned = owns_nothing) -> Iterator[Path]:
    """A new folder to write into; it takes the place of `folder` when the block ends well.

    owned : names the files of an existing folder that may be replaced; a folder that holds
            anything else is never touched
    Raises InputError when the place cannot be written, RunError when writing fails. On any
    failure nothing is left behind and an existing folder stays as it was.
    """
    folder = Path(os.path.realpath(folder))
    beside = folder.with_name(f".{folder.name}{PARTIAL}-{os.getpid()}")
    try:
        _refuse(folder, owned)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _recover(folder)
        beside.mkdir()
    except OSError as error:
        raise InputError(folder, _cannot_write(error)) from error
    try:
        with _held(beside):
            yield beside
            _swap(beside, folder)
    except OSError as error:
        gone = not beside.is_dir()
        text = say("the folder was deleted while it was being written; run again") if gone else ""
        raise RunError(folder, text or _failed(error)) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A file to write beside `path`; it takes its place when the block ends well.

    Raises InputError when it cannot be written; then an existing file stays as it was.
    """
    beside = path.with_name(f".{path.name}{PARTIAL}")
    try:
        yield beside
        beside.replace(path)
    except OSError as error:
        message = say("the file cannot be written ({reason})", reason=error.strerror or error)
        raise InputError(path, message) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def tidy(folder: Path) -> None:
    """Drop what killed runs left half written beside `folder`, if anything."""
    folder = Path(os.path.realpath(folder))
    if folder.parent.is_dir():
        with suppress(OSError):
            _recover(folder)


def refuse_unwritable(folder: Path, *, owned: Owned = owns_nothing) -> None:
    """Raise InputError now when `folder` could not be written later."""
    folder = Path(os.path.realpath(folder))
    try:
        _refuse(folder, owned)
    except OSError as error:  # a name that is too long, a folder that cannot be looked into
        raise InputError(folder, _cannot_write(error)) from error
    _refuse_place(folder.parent, folder)


def refuse_closed(folder: Path) -> None:
    """Raise InputError now when no file could be written into `folder`, which may not be there."""
    folder = Path(os.path.realpath(folder))
    try:
        _refuse_place(folder, folder)
    except OSError as error:
        raise InputError(folder, _cannot_write(error)) from error


def _refuse_place(place: Path, folder: Path) -> None:
    """Raise InputError about `folder` when nothing can be made at `place` or above it."""
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        raise InputError(place, say("is a file, not a folder; choose another folder"))
    if not os.access(place, os.W_OK | os.X_OK):
        raise InputError(folder, say("the folder cannot be written; choose another with --out"))


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """The folder is there within the block; where that fails, what was made for it goes again.

    Raises InputError when it cannot be made.
    """
    absent = [place for place in (folder, *folder.parents) if not os.path.exists(place)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(folder, _cannot_write(error)) from error
    try:
        yield
    except BaseException:
        for place in absent:
            with suppress(OSError):
                place.rmdir()  # it stays where somebody else has put something into it
        raise


def _refuse(folder: Path, owned: Owned) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(folder, say("is a file, not a folder; choose another folder"))
    if not folder.is_dir():
        return
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    foreign = sorted(found - owned(folder))
    if foreign:
        names = ", ".join(foreign[:3]) + (", ..." if len(foreign) > 3 else "")
        message = say(
            "the folder holds files that are not ours ({names}); move them away or choose another "
            "folder",
            names=names,
        )  # fmt: skip
        raise InputError(folder, message)


def _recover(folder: Path) -> None:
    """Tidy up after a run that was killed: put the old folder back, drop what was half written."""
    replaced = folder.with_name(f".{folder.name}{REPLACED}")
    if replaced.exists():
        if folder.exists():
            shutil.rmtree(replaced, ignore_errors=True)
        else:
            replaced.rename(folder)
    for left in folder.parent.glob(f".{glob.escape(folder.name)}{PARTIAL}-*"):
        if not _at_work(left):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Lock a folder within the block: the lock ends with this process, however that ends.

    The number of a process says less: another one may bear it after the machine has restarted.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a disk that knows no locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _at_work(folder: Path) -> bool:
    """Whether the process that writes a half-written folder is still there."""
    process = folder.name.rpartition("-")[2]
    if not (process.isdigit() and _alive(int(process))):
        return False
    if fcntl is None:
        return True
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # locked, or a disk that knows no locks
        return True
    else:
        return time.time() - os.fstat(handle).st_mtime < YOUNG
    finally:
        os.close(handle)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _swap(beside: Path, folder: Path) -> None:
    replaced = folder.with_name(f".{folder.name}{REPLACED}")
    if folder.exists():
        folder.rename(replaced)
    beside.rename(folder)
    shutil.rmtree(replaced, ignore_errors=True)


def _cannot_write(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return say("the disk is full; free some space or choose another folder with --out")
    reason = error.strerror or str(error)
    return say("the folder cannot be written ({reason}); choose another with --out", reason=reason)


def _failed(error: OSError) -> str:
    if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
        return say("another run writes into the same folder; nothing was written; run again later")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return say("the disk is full; nothing was written; free some space and run again")
    reason = error.strerror or str(error)
    return say("writing failed ({reason}); nothing was written", reason=reason)
