"""Loss: how much, and whether it is the path's own or because of what we send."""
from libc.stdint cimport int64_t

cdef enum:
    LOSS_SLICES = 20

cdef enum LossVerdict:
    LOSS_FINE
    LOSS_CONGESTED      # decrease to what is delivered
    LOSS_TRY            # decrease to what is delivered, and see whether it helps
    LOSS_AGAIN          # it goes on, and by now what was sent before the decrease has been told of: measure anew
    LOSS_HELPED         # it did
    LOSS_OWN            # it did not: undo that decrease

cdef struct LossControl:
    # By 100 ms of our clock, newest first; probes do not count.
    int reported[LOSS_SLICES]
    int lost[LOSS_SLICES]
    int64_t octets[LOSS_SLICES]
    # Those whose predecessor found no queue.
    int clear_reported[LOSS_SLICES]
    int clear_lost[LOSS_SLICES]
    int64_t slice_
    double loss             # of the last two seconds
    double inherent         # what is lost however little we send: more than that needs a reason
    double path             # what the path itself loses, without what a queue drops: that much more is sent
    bint inherent_known
    int64_t begun_ns, learned_ns
    # The trial.
    bint trying, refined
    int64_t tried_ns, next_trial_ns, trial_gap_ns
    double loss_before

# `clear`: the packet before it found no queue.
cdef void loss_reported(LossControl* control, bint lost, bint clear, int size, int64_t now_ns) noexcept nogil
# Of the last two seconds' packets that came to an empty queue: the path's own.
cdef double clear_loss(const LossControl* control) noexcept nogil
cdef void loss_recovered(LossControl* control) noexcept nogil       # a packet counted as lost came after all
# `queue_ns`: the standing queue now. `settled`: what was sent before the last decrease has been told of. `pressed`: what
# is delivered is near the estimate.
cdef LossVerdict loss_verdict(
    LossControl* control, int64_t queue_ns, bint settled, bint pressed, int64_t rtt_ns, int64_t now_ns
) noexcept nogil
