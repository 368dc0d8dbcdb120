"""Failures in a second of real time."""

from app.runtime.rates import MOST_KEPT, FailureRate


class Second:
    """A monotonic clock that tests move."""

    def __init__(self):
        self.now = 100.2

    def __call__(self):
        return self.now


def test_the_limit_is_for_each_and_for_a_second():
    """The last one that is allowed is looked at still; another key and the next second begin anew."""
    clock = Second()
    rate = FailureRate(2, clock)
    for exceeded in (False, False, True):
        assert rate.is_exceeded("a") is exceeded
        rate.failed("a")
    assert not rate.is_exceeded("b")
    clock.now += 1
    assert not rate.is_exceeded("a")
    rate.failed("a")
    assert not rate.is_exceeded("a")


def test_no_limit():
    """0 stops nobody."""
    rate = FailureRate(0, Second())
    for _ in range(1000):
        rate.failed("a")
    assert not rate.is_exceeded("a")


def test_made_up_keys_fill_no_memory():
    """So many are counted at a time, and no more."""
    rate = FailureRate(1, Second())
    for number in range(MOST_KEPT + 10):
        rate.failed(number)
    assert len(rate._counts) <= MOST_KEPT
    assert rate.is_exceeded(MOST_KEPT + 9)
