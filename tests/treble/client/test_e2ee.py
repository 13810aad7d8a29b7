"""Keys and frames of end-to-end encryption: RFC 9605's own figures, those of the web SDK's tests, and who reads what."""

import json

import pytest

from treble.api import Source
from treble.client.e2ee.derive import Root, frame_key, nonce_of, ratchet, root_of
from treble.client.e2ee.exchange import Exchange
from treble.client.e2ee.frames import Chain, Opener, Sealer
from treble.client.e2ee.header import KeyName, decode_header, encode_header, join, key_name, split
from treble.client.e2ee.replay import ReplayWindow

# Of tests/web/e2ee.test.mjs.
PROOF = "587658775863818c848ebb6d6ca0f58dbb0a5957ee53ddf259b14dc74380ccc3"
VECTOR = (
    "10d00a9d012a80026801f21a7305eff23065cdb1d6fa1ed4ca7038e98cd13f39c72adea0d23751d4"
    "589dd5d00d78c9239b063689653c21e87872b9ce03a78737d446fa100a01"
)
KEYFRAME = bytes.fromhex("10d00a9d012a8002680100" + "aa" * 40)
DELTA = bytes.fromhex("b1d00a" + "bb" * 20)
FIRST = Chain(0, 0, b"\x07" * 32)
ROOT = Root(b"\x01" * 32, b"\x02" * 32)


def sealer(chain=FIRST):
    made = Sealer()
    made.use(chain)
    return made


def opener(chain=FIRST):
    made = Opener()
    made.learn(chain)
    return made


def test_keys_nonces_and_ciphertext_are_those_of_the_rfc():
    """RFC 9605, appendix C.3, cipher suite 4."""
    cipher, salt = frame_key(bytes(range(16)), 0x123)
    assert salt.hex() == "75234edefe07819026751816"
    nonce, header = nonce_of(salt, 0x4567), encode_header(0x123, 0x4567)
    assert nonce.hex() == "75234edefe07819026755d71"
    sealed = cipher.encrypt(nonce, b"draft-ietf-sframe-enc", header + b"IETF SFrame WG")
    expected = "9901234567b7412c2513a1b66dbb48841bbaf17f598751176ad847681a69c6d0b091c07018ce4adb34eb"
    assert (header + sealed).hex() == expected


def test_the_same_secret_and_frame_give_what_browsers_have():
    assert root_of("  correct horse ", "room-a").proof.hex() == PROOF
    sealed = sealer().seal(KEYFRAME, Source.CAMERA, "vp8")
    assert sealed.hex() == VECTOR
    assert opener().open(sealed, Source.CAMERA) == KEYFRAME


def test_headers_survive_as_short_as_can_be():
    found = {(0, 0): "00", (7, 7): "77", (8, 8): "880808", (255, 256): "89ff0100", (65536, 1): "a1010000"}
    for (key_id, counter), text in found.items():
        assert encode_header(key_id, counter).hex() == text
        assert decode_header(bytes.fromhex(text)) == (key_id, counter)
    for text in ("", "88", "8808", "8808080808", "ff" + "ff" * 16):
        assert decode_header(bytes.fromhex(text)) is None
    name = KeyName(3, 255, Source.SCREEN)
    assert key_name(name.key_id) == name


@pytest.mark.parametrize("text", ["", "00", "0000", "ff00", "00" * 18, "00" * 18 + "0012", "ff" * 40])
def test_no_frame_is_split_where_it_cannot_be(text):
    assert split(bytes.fromhex(text)) is None


def test_a_frame_that_was_touched_replayed_or_put_elsewhere_is_not_opened():
    sealed = sealer().seal(KEYFRAME, Source.CAMERA, "vp8")
    reader = opener()
    for at in range(len(sealed)):
        touched = bytearray(sealed)
        touched[at] ^= 1
        assert reader.open(bytes(touched), Source.CAMERA) is None, at
    assert Opener().open(sealed, Source.CAMERA) is None, "without its key"
    assert reader.open(sealed, Source.MICROPHONE) is None
    assert reader.open(sealed, Source.CAMERA)
    assert reader.open(sealed, Source.CAMERA) is None, "again"
    assert reader.open(KEYFRAME, Source.CAMERA) is None, "in clear"
    assert Sealer().seal(DELTA, Source.CAMERA, "vp8") is None


def test_who_has_a_later_step_cannot_read_an_earlier_one_and_the_other_goes_on():
    sender = sealer()
    before = sender.seal(DELTA, Source.MICROPHONE, "opus")
    following = Chain(0, 1, ratchet(FIRST.chain))
    sender.use(following)
    after = sender.seal(DELTA, Source.MICROPHONE, "opus")
    elder, newcomer = opener(), opener(following)
    assert elder.open(before, Source.MICROPHONE) == elder.open(after, Source.MICROPHONE) == DELTA
    assert newcomer.open(after, Source.MICROPHONE) == DELTA
    assert newcomer.open(before, Source.MICROPHONE) is None
    forged = join(b"", bytes(40), encode_header(KeyName(0, 255, Source.MICROPHONE).key_id, 1))
    assert elder.open(forged, Source.MICROPHONE) is None
    assert elder.open(sender.seal(DELTA, Source.MICROPHONE, "opus"), Source.MICROPHONE), "not believed"


def test_the_window_takes_each_counter_once_also_out_of_order():
    window = ReplayWindow()
    told = [
        (5, True),
        (3, True),
        (5, False),
        (3, False),
        (2000, True),
        (976, False),
        (977, True),
        (977, False),
    ]
    told += [(1999, True), (5, False), (9_000_000, True), (2000, False)]
    assert [window.take(counter) for counter, _ in told] == [is_new for _, is_new in told]


class Hall:
    """A room as the server runs it: passes messages on in order and keeps a copy of all that it sees."""

    def __init__(self):
        self.people, self.seen = {}, []
        self.tamper = lambda body: body

    def enter(self, name, root=ROOT):
        present = list(self.people)
        self.people[name] = person = Somebody(self, name, root, present)
        for other in present:
            self.people[other].exchange.joined(name)
        self.settle()
        return person

    def leave(self, *names):
        for name in names:
            del self.people[name]
        for person in self.people.values():
            for name in names:
                person.exchange.left(name)
        self.settle()

    def settle(self):
        while any(self.pass_on(person) for person in list(self.people.values())):
            pass

    def pass_on(self, person):
        items = person.exchange.take_outgoing()
        for to, body in items:
            for other in self.people.values() if to is None else [self.people.get(to)]:
                if other and other is not person:
                    self.seen.append((other.name, body))
                    other.exchange.take(person.name, self.tamper(body))
        person.exchange.sent()
        return bool(items)


class Somebody:
    def __init__(self, hall, name, root, present):
        self.hall, self.name, self.sealer = hall, name, Sealer()
        self.openers, self.used = {}, []
        self.exchange = Exchange("room", name, root, present, self, lambda: 0.0)

    def is_present(self, name):
        return name in self.hall.people

    def use(self, chain):
        self.used.append((chain.epoch, chain.step))
        self.sealer.use(chain)

    def learn(self, name, chain):
        self.openers.setdefault(name, Opener()).learn(chain)

    def forget(self, name):
        self.openers.pop(name, None)

    def changed(self):
        pass

    def speak(self):
        return self.sealer.seal(DELTA, Source.MICROPHONE, "opus")

    def reads(self, other, frame=None):
        reader = self.openers.get(other.name)
        return bool(reader and reader.open(frame or other.speak(), Source.MICROPHONE))


def test_everybody_with_the_secret_reads_everybody_and_sees_the_same_code():
    hall = Hall()
    ada, bob = hall.enter("ada"), hall.enter("bob")
    before, code = ada.speak(), ada.exchange.safety_code()
    cyd = hall.enter("cyd")
    assert all(one.reads(other) for one in (ada, bob, cyd) for other in (ada, bob, cyd) if one is not other)
    assert not cyd.reads(ada, before), "what was said before it came"
    codes = {one.exchange.safety_code() for one in (ada, bob, cyd)}
    assert len(codes) == 1
    assert code not in codes
    assert ada.exchange.of("bob") == "verified"


def test_who_was_removed_reads_nothing_that_follows_and_a_leave_together_costs_one_key():
    hall = Hall()
    ada, bob = hall.enter("ada"), hall.enter("bob")
    eve, _ = hall.enter("eve"), hall.enter("dov")
    assert eve.reads(ada)
    hall.leave("eve", "dov")
    assert [epoch for epoch, _ in ada.used if epoch] == [1]
    assert ada.reads(bob)
    assert bob.reads(ada)
    for _, body in hall.seen:  # with all that went through the server
        eve.exchange.take("ada", body)
    assert not eve.reads(ada)
    assert not eve.reads(bob)


def test_who_has_another_secret_reads_nothing_and_disturbs_nobody():
    hall = Hall()
    ada, bob = hall.enter("ada"), hall.enter("bob")
    mal = hall.enter("mal", Root(b"\x03" * 32, b"\x02" * 32))
    assert not mal.reads(ada)
    assert not ada.reads(mal)
    assert ada.reads(bob)
    assert ada.exchange.of("mal") == "other-key"
    assert [body for to, body in hall.seen if to == "mal" and json.loads(body)["t"] == "key"] == []


def test_whose_keys_were_lost_asks_for_them_and_rubbish_is_passed_over():
    hall = Hall()
    ada = hall.enter("ada")
    hall.tamper = lambda body: "{}" if json.loads(body)["t"] == "key" else body
    bob = hall.enter("bob")
    assert not bob.reads(ada)
    hall.tamper = lambda body: body
    bob.exchange.ask("ada")
    hall.settle()
    assert bob.reads(ada)
    rubbish = ["", "x", "null", "[]", "{}", '{"t":"key"}', '{"t":"hello"}', '{"t":"hello","k":"!!","m":"%"}']
    rubbish += [
        "[" * 1024,
        "[" * 100_000,
        f'{{"t":"hello","k":{"[" * 480 + "]" * 480}}}',
        '{"t":"hello","k":"\\ud800"}',
    ]
    rubbish += [
        "9" * 1024,
        "1e999",
        '{"t":["hello"]}',
        '{"t":"key","e":9007199254740991,"s":1e99,"i":[],"c":{}}',
    ]
    for body in [*rubbish, '{"t":"key","e":0,"s":0,"i":"","c":"AAAA"}', '{"t":"key","e":0.5,"s":true}']:
        ada.exchange.take("bob", body)
    hall.settle()
    assert ada.reads(bob)


def test_who_comes_back_with_another_identity_gets_fresh_keys():
    hall = Hall()
    ada, bob = hall.enter("ada"), hall.enter("bob")
    del hall.people["bob"]  # the same participant enters anew: the others see no leave
    again = hall.enter("bob")
    assert again.reads(ada)
    assert ada.reads(again)
    assert not bob.reads(ada)


def play_again(hall, to, sender, frame):
    """What the server has seen of `sender` for `to`, with a frame of then; gives whether it is read."""
    told = [body for name, body in hall.seen if name == to.name]
    hall.people[sender.name] = sender  # says the server
    for body in told:
        to.exchange.take(sender.name, body)
    return to.reads(sender, frame)


def test_the_server_cannot_play_again_what_somebody_has_sent_who_has_left():
    hall = Hall()
    ada, bob = hall.enter("ada"), hall.enter("bob")
    frame = bob.speak()
    assert ada.reads(bob, frame)
    hall.leave("bob")
    assert not play_again(hall, ada, bob, frame)
    assert ada.exchange.of("bob") == "unknown"
    del hall.people["bob"]
    again = hall.enter("bob")
    assert ada.reads(again), "with another identity"
    assert not play_again(hall, ada, bob, frame), "of an earlier Session"
    assert ada.reads(again), "nothing is disturbed"
