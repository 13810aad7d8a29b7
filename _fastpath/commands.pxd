"""What Python asks of the table: a bounded ring of commands, carried out between two batches."""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from _fastpath.srtp cimport Session
from _fastpath.table cimport MAX_UFRAG, State
from _fastpath.stun cimport StunKey

cdef enum:
    COMMANDS = 8192             # a power of two: a join needs ~60, so a hundred joins at once fit
    COMMANDS_PER_BATCH = 256    # between two batches: below 100 us
    DO_ADD_ENDPOINT = 0
    DO_RESTART_ICE = 1
    DO_SET_KEYS = 2
    DO_SET_PAYLOADS = 3
    DO_SET_EXTENSIONS = 4
    DO_SEND = 5
    DO_REMOVE_ENDPOINT = 6
    DO_SET_WISH = 7
    DO_SET_PROTECTION = 8
    DO_ADD_TRACK = 20           # from here on: about Tracks and Rows
    DO_ADD_LAYER = 21
    DO_SET_GATE = 22
    DO_REQUEST_KEYFRAME = 23
    DO_REMOVE_TRACK = 24
    DO_ADD_ROW = 25
    DO_SET_SOURCE = 26
    DO_REMOVE_ROW = 27

cdef struct Command:
    int kind
    int a                       # the index of what it is about
    int b
    int c
    int spatial
    int temporal
    int64_t value
    void* pointer
    void* second
    uint64_t number             # acknowledged by an event; 0 for not
    uint8_t ufrag[MAX_UFRAG]
    int ufrag_size
    StunKey key

cdef struct CommandRing:
    Command* commands
    uint64_t head               # written by Python
    uint64_t tail               # written by the engine

cdef bint new_commands(CommandRing* ring) noexcept nogil
cdef bint push_command(CommandRing* ring, const Command* command) noexcept nogil
cdef int room_for_commands(CommandRing* ring) noexcept nogil
# Carry out at most COMMANDS_PER_BATCH; returns how many.
cdef int run_commands(State* state, CommandRing* ring) noexcept nogil
