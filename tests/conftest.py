"""What all tests need: interrupts, also where a shell runs the tests in the background and has them ignored."""

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
