"""Long work outside Python that Ctrl-C can stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

_POLL_SECONDS = 0.1  # how late a signal is seen where waits do not break, as on Windows

T = TypeVar("T")


def is_main_thread() -> bool:
    """Whether this is the thread in which Python handles signals."""
    return threading.current_thread() is threading.main_thread()


def run_interruptibly(work: Callable[[], T], cancel: Callable[[], None]) -> T:
    """Run `work`, which releases the interpreter lock; on Ctrl-C call `cancel` and wait.

    Python handles signals in the main thread alone, and only between two
    instructions of its own: there the work goes to a second thread, which has
    ended when this function returns or raises. Elsewhere it runs in place.
    """
    if not is_main_thread():
        return work()
    results: list[T] = []
    errors: list[BaseException] = []
    finished = threading.Event()

    def body() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)
        finally:
            finished.set()

    thread = threading.Thread(target=body, name="tamemip-solver", daemon=True)
    thread.start()
    try:
        while not finished.wait(_POLL_SECONDS):
            pass
    except BaseException:
        cancel()
        raise
    finally:
        thread.join()
    if errors:
        raise errors[0]
    return results[0]
