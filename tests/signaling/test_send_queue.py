import pytest

from signaling.frame_guard import text_frame
from signaling.messages import Changed, Demand, Done, Left, Networks, Participant, Slots, Speakers, encode
from signaling.send_queue import MAX_QUEUED, MAX_QUEUED_BYTES, Outgoing, QueueFull, SendQueue, outgoing
from treble.api import Role, SlotState, Source


def changed(name, who="p1"):
    person = Participant(id=who, name=name, role=Role.SPEAKER, guest=True, connection="joining", tracks=[])
    return encode(Changed(participant=person))


def drained(queue):
    frames = []
    while (frame := queue.take()) is not None:
        frames.append(frame)
    return frames


def queued(*messages):
    queue = SendQueue()
    for message in messages:
        queue.put(outgoing(message))
    return drained(queue)


def test_what_comes_first_goes_first():
    messages = [encode(Done(re=number)) for number in range(5)]
    assert queued(*messages) == [text_frame(message) for message in messages]


def test_of_slots_and_speakers_the_latest_waits_alone_and_after_what_came_before_it():
    old, new = encode(Slots(slots=[])), encode(Slots(slots=[SlotState(slot=1)]))
    speakers, done = encode(Speakers(speakers=[])), encode(Done(re=1))
    assert queued(old, speakers, done, new, speakers) == [text_frame(each) for each in (done, new, speakers)]


def test_of_a_tracks_demand_and_of_the_networks_the_latest_waits_alone():
    camera, more = (encode(Demand(source=Source.CAMERA, layers=[True, each])) for each in (False, True))
    screen, networks = encode(Demand(source=Source.SCREEN, layers=[True])), encode(Networks(networks=[]))
    assert queued(camera, networks, screen, more, networks) == [
        text_frame(each) for each in (screen, more, networks)
    ]


def test_the_roster_is_latest_wins_for_each_person_and_nobody_who_left_comes_back():
    left = encode(Left(participant="p1", reason="left"))
    assert queued(changed("a"), changed("b", "p2"), changed("c"), left) == [
        text_frame(each) for each in (changed("b", "p2"), changed("c"), left)
    ]


def test_a_reader_who_is_too_slow_fills_the_queue():
    queue = SendQueue()
    for number in range(MAX_QUEUED):
        queue.put(outgoing(encode(Done(re=number))))
    with pytest.raises(QueueFull):
        queue.put(outgoing(encode(Done(re=99))))


def test_state_that_changes_often_never_fills_the_queue():
    queue = SendQueue()
    for number in range(10 * MAX_QUEUED):
        queue.put(outgoing(encode(Slots(slots=[SlotState(slot=number)]))))
    assert len(queue) == 1


def test_bytes_are_bounded_too():
    queue = SendQueue()
    for _ in range(4):
        queue.put(Outgoing(bytes(MAX_QUEUED_BYTES // 4)))
    with pytest.raises(QueueFull):
        queue.put(Outgoing(b"x"))
