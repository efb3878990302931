"""Following a job: what ends it reaches it as what it is."""

from dataclasses import dataclass

import pytest

from svg_studio.cli.run_job import follow
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Event, Events, Logged
from svg_studio.engine.utils.distributed import Group


@dataclass(frozen=True)
class Alone(Group):
    """Of two, of which the other one goes while they agree on whether to stop."""

    def stops_after(self, event: Event, wanted: bool) -> bool:
        raise StudioError("the other one has gone")


def test_that_a_job_ends_by_the_loss_of_another_process_and_not_as_if_it_were_stopped() -> None:
    ends: list[BaseException] = []

    def job() -> Events:
        try:
            yield Logged("a step")
        except BaseException as error:
            ends.append(error)
            raise

    with pytest.raises(StudioError, match="the other one has gone"):
        follow(job, Alone(size=2))
    assert [type(error) for error in ends] == [StudioError]
