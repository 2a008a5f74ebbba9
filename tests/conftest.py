"""What all tests need: interrupts, also where a shell runs the tests in the background and has them ignored."""

import signal

from hypothesis import settings

settings.register_profile("here", deadline=None)  # a busy machine is no failure
settings.load_profile("here")

collect_ignore = ["screenshots.py"]  # a script; its pictures are for people

signal.signal(signal.SIGINT, signal.default_int_handler)
