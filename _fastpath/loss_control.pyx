"""Which losses are congestion.

Idea after the loss-based estimator of libwebrtc (loss_based_bwe_v2, January 2026): a path has an *inherent* loss
that does not depend on what is sent, and only loss above it is a reason to send less. libwebrtc fits both to a
model over all observations. We ask two plain questions instead, because layers move in steps and a model has
nothing to fit to:

- Loss clearly above the inherent one while a queue stands: congestion, at once.
- The same without a queue (a policer, a very short queue, or just a worse radio): a trial. Send only what gets
  through; if the loss goes away it was congestion, if it stays although we send less it is the path's own: the
  decrease is undone and the inherent loss is raised. Trials become rarer each time.

Packets whose predecessor found no queue are counted apart: what a full queue drops comes after packets that waited, so
what is lost of the others is the path's own.

'Clearly' counts the noise of the sample: two standard deviations and more. Loss that grows slowly (tens of seconds)
is taken as the path's own without trial, as long as much less is sent than the estimate. draft-ietf-rmcat-gcc-02,
section 6 (fixed bounds of 2 and 10 %) is not followed.
"""
from libc.math cimport sqrt
from libc.stdint cimport int64_t

cdef enum:
    SLICE_NS = 100_000_000
    RECENT = 4                  # slices
    QUEUE_NS = 8_000_000        # evidence of a queue
    LEARN_PACKETS = 25          # before the inherent loss is known
    LEARN_NS = 1_000_000_000
    REFINE_NS = 500_000_000
    TRIAL_NS = 1_100_000_000    # of observation, once the decrease shows
    MAX_TRIAL_NS = 3_000_000_000
    FIRST_GAP_NS = 5_000_000_000
    MAX_GAP_NS = 60_000_000_000

cdef double CLEAR = 0.10
cdef double SUSPECT = 0.08
cdef double HEAVY = 0.25            # above the inherent one: a trial is not put off
cdef double MOST_LEARNED = 0.35     # loss at the start above this is never taken as the path's own unseen
cdef double HELPED = 0.5            # the loss above the inherent one fell below this share


cdef void turn(LossControl* control, int64_t now_ns) noexcept nogil:
    cdef int64_t slice_ = now_ns // SLICE_NS
    cdef int64_t passed = slice_ - control.slice_
    cdef int index
    if passed <= 0:
        return
    control.slice_ = slice_
    for index in range(LOSS_SLICES - 1, -1, -1):
        control.reported[index] = control.reported[index - passed] if index >= passed else 0
        control.lost[index] = control.lost[index - passed] if index >= passed else 0
        control.octets[index] = control.octets[index - passed] if index >= passed else 0
        control.clear_reported[index] = control.clear_reported[index - passed] if index >= passed else 0
        control.clear_lost[index] = control.clear_lost[index - passed] if index >= passed else 0


cdef void loss_reported(LossControl* control, bint lost, bint clear, int size, int64_t now_ns) noexcept nogil:
    turn(control, now_ns)
    control.reported[0] += 1
    control.lost[0] += lost
    control.octets[0] += size
    control.clear_reported[0] += clear
    control.clear_lost[0] += clear and lost


cdef void loss_recovered(LossControl* control) noexcept nogil:
    cdef int index
    for index in range(LOSS_SLICES):
        if control.lost[index] > 0:
            control.lost[index] -= 1
            return


cdef struct Sample:
    int reported
    int lost
    double loss, noise, bps


cdef Sample sample(const LossControl* control, int slices) noexcept nogil:
    """Of the newest `slices`; `noise`: one standard deviation of what chance makes of the inherent loss."""
    cdef Sample out = Sample(0, 0, 0, 0, 0)
    cdef int64_t octets = 0
    cdef double p
    cdef int index
    for index in range(slices):
        out.reported += control.reported[index]
        out.lost += control.lost[index]
        octets += control.octets[index]
    out.bps = octets * 8e9 / (slices * SLICE_NS)
    if out.reported > 0:
        p = min(max(control.inherent, 0.01), 0.5)
        out.loss = <double>out.lost / out.reported
        out.noise = sqrt(p * (1 - p) / out.reported)
    return out


cdef double clear_loss(const LossControl* control) noexcept nogil:
    """Of the last two seconds' packets that came to an empty queue; what is known so far where they are few."""
    cdef int reported = 0, lost = 0, index
    for index in range(LOSS_SLICES):
        reported += control.clear_reported[index]
        lost += control.clear_lost[index]
    return min(<double>lost / reported, control.loss, 0.5) if reported >= LEARN_PACKETS else control.path


cdef void learn(LossControl* control, bint suspect, int64_t passed_ns) noexcept nogil:
    """Down in six seconds, up in ten, more slowly and only from clear packets where the loss may be ours."""
    cdef double clear = clear_loss(control)
    cdef double seen = clear if suspect else control.loss
    cdef double seconds = 6
    if control.trying:
        return
    if seen > control.inherent:
        seconds = 25 if suspect else 10
    control.inherent += (min(seen, 0.5) - control.inherent) * min(1.0, passed_ns / 1e9 / seconds)
    control.path += (clear - control.path) * min(1.0, passed_ns / 1e9 / (10 if clear > control.path else 6))


cdef void begin(LossControl* control, int64_t queue_ns, int64_t now_ns) noexcept nogil:
    """The first second or so of packets: taken as the path's own."""
    cdef int reported = 0, index
    for index in range(LOSS_SLICES):
        reported += control.clear_reported[index]
    if reported < LEARN_PACKETS or now_ns - control.begun_ns < LEARN_NS:
        return
    control.inherent_known = True
    control.path = min(clear_loss(control), MOST_LEARNED)
    control.inherent = min(control.loss, MOST_LEARNED) if queue_ns < QUEUE_NS else control.path


cdef LossVerdict judge_trial(LossControl* control, int64_t queue_ns, int64_t rtt_ns, int64_t now_ns) noexcept nogil:
    cdef int64_t passed = now_ns - control.tried_ns
    cdef Sample seen
    if not control.refined and passed >= rtt_ns + REFINE_NS:
        control.refined = True
        seen = sample(control, RECENT)
        if seen.loss - control.inherent > HELPED * (control.loss_before - control.inherent):
            return LOSS_AGAIN
    if passed < rtt_ns + TRIAL_NS:
        return LOSS_FINE
    seen = sample(control, 6)
    if seen.reported < 15 and passed < <int64_t>MAX_TRIAL_NS:
        return LOSS_FINE
    control.trying = False
    control.next_trial_ns = now_ns + control.trial_gap_ns
    if seen.loss - control.inherent < HELPED * (control.loss_before - control.inherent):
        control.trial_gap_ns = FIRST_GAP_NS
        control.next_trial_ns = now_ns + FIRST_GAP_NS
        return LOSS_HELPED
    # It stayed. Where we could not send less either nothing is proven, but nothing is won by sending less.
    control.trial_gap_ns = min(2 * control.trial_gap_ns, <int64_t>MAX_GAP_NS)
    control.inherent = min(seen.loss, 0.5)
    return LOSS_OWN


cdef LossVerdict loss_verdict(
    LossControl* control, int64_t queue_ns, bint settled, bint pressed, int64_t rtt_ns, int64_t now_ns
) noexcept nogil:
    cdef int64_t passed = now_ns - control.learned_ns
    cdef Sample whole, recent, second, last
    if control.begun_ns == 0:
        control.begun_ns = now_ns
        control.trial_gap_ns = FIRST_GAP_NS
    control.learned_ns = now_ns
    turn(control, now_ns)
    whole = sample(control, LOSS_SLICES)
    if whole.reported > 0:
        control.loss = whole.loss
    if not control.inherent_known:
        begin(control, queue_ns, now_ns)
        if not control.inherent_known and queue_ns < QUEUE_NS:
            return LOSS_FINE
    recent = sample(control, RECENT)
    if (
        queue_ns >= QUEUE_NS
        and recent.lost >= 3
        and recent.loss > control.inherent + CLEAR + 2.5 * recent.noise
    ):
        control.trying = False
        return LOSS_CONGESTED
    if control.trying:
        return judge_trial(control, queue_ns, rtt_ns, now_ns)
    second = sample(control, 8)
    last = sample(control, 2)
    if (
        settled
        and second.reported >= 25
        and last.loss > control.inherent + SUSPECT      # a burst that is over is not tried
        and second.loss > control.inherent + SUSPECT + 2.5 * second.noise
        and (now_ns >= control.next_trial_ns or second.loss > control.inherent + HEAVY)
    ):
        control.trying = True
        control.refined = False
        control.tried_ns = now_ns
        control.loss_before = second.loss
        return LOSS_TRY
    learn(control, pressed or queue_ns >= QUEUE_NS, passed)
    return LOSS_FINE
