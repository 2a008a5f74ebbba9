"""What all tests need: interrupts, also where a shell runs the tests in the background and has them ignored."""

import signal

collect_ignore = ["screenshots.py"]  # a script; its pictures are for people

signal.signal(signal.SIGINT, signal.default_int_handler)
