from signaling.presence import HOLD_NS, MemoryPresence, Session, resume_hash


def session(resume: str) -> Session:
    hashed = resume_hash(resume)
    return Session(id="s", room="r", participant="p", gateway="g", resume_hash=hashed, socket="s.1")


async def test_a_resume_token_works_once_for_its_participant_within_30_seconds() -> None:
    presence = MemoryPresence()
    await presence.put(session("one"))
    assert await presence.resume("one", "thief", b"x", "g", 0) is None
    await presence.socket_lost("s", "s.1", 0)
    resumed = await presence.resume("one", "p", resume_hash("two"), "g2", HOLD_NS - 1)
    assert resumed is not None
    assert (resumed.socket, resumed.gateway, resumed.lost_at_ns) == ("s.2", "g2", None)
    assert await presence.resume("one", "p", b"x", "g", 0) is None
    await presence.socket_lost("s", "s.1", 0)  # late news of the older socket
    assert (await presence.get("s")).lost_at_ns is None
    await presence.socket_lost("s", "s.2", 5)
    assert await presence.resume("two", "p", b"x", "g", 5 + HOLD_NS) is None
    await presence.forget("s")
    await presence.forget("s")
    assert await presence.get("s") is None
    assert await presence.resume("two", "p", b"x", "g", 6) is None
