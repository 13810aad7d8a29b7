"""One smoothed level per audio Track, quick to rise and slow to fall: a word begins suddenly and does not end at once.

With DTX silence is the absence of packets; the level sinks through it as through packets of silence. A voice begins where
the level crosses START_LEVEL: after two or three loud packets from silence, which a click is shorter than.
"""
from libc.stdint cimport int64_t

from _fastpath.events cimport E_VOICE, emit
from _fastpath.packet cimport EXT_AUDIO_LEVEL, Packet
from _fastpath.table cimport State, Track

cdef enum:
    SILENCE = 127 * 16
    START_LEVEL = 45 * 16       # as in sfu/media/speakers.py
    STOP_LEVEL = 55 * 16
    RISE = 2                    # share of a louder level: one half
    FALL = 16
    FRAME_NS = 20000000         # what a packet usually holds
    PAUSE_NS = 100000000        # longer without a packet is silence, shorter may be jitter
    LONGEST_FALL = 64           # frames after which nothing is left

cdef int64_t TELL_NS = 500 * 1000000LL  # between two events of one Track: Python is told of sentences, not of syllables


cdef int level_now(const Track* track, int64_t now_ns) noexcept nogil:
    cdef int64_t silent = now_ns - track.level_ns
    cdef int level = track.level
    cdef int64_t frames
    if silent < PAUSE_NS:
        return level
    frames = silent // FRAME_NS - 1
    if frames >= LONGEST_FALL:
        return SILENCE
    while frames > 0:
        level += (SILENCE - level) // FALL
        frames -= 1
    return level


cdef void note_level(State* state, Track* track, const Packet* packet) noexcept nogil:
    cdef int level
    if packet.ext_length[EXT_AUDIO_LEVEL] == 0:
        return
    track.level = level_now(track, state.now_ns)
    if track.level > STOP_LEVEL:
        track.speaking = False
    level = (packet.data[packet.ext_offset[EXT_AUDIO_LEVEL]] & 0x7F) * 16
    track.level += (level - track.level) // (RISE if level < track.level else FALL)
    track.level_ns = state.now_ns
    if track.speaking or track.level > START_LEVEL:
        return
    track.speaking = True
    track.voice_ns = state.now_ns
    if track.voice_told_ns == 0 or state.now_ns - track.voice_told_ns >= TELL_NS:
        track.voice_told_ns = state.now_ns
        emit(state, E_VOICE, track.endpoint.object.index, track.object.index, -1, -1, track.level // 16, NULL, 0)
