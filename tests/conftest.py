"""What all tests need of the process that runs them."""

import signal
import threading


def pytest_configure():
    """Let Ctrl-C reach the processes that the tests start and interrupt.

    A job in the background of a shell ignores it, and its children inherit that;
    a handler of our own is set back to the default when a child begins.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
