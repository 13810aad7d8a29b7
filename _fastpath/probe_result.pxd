"""What a probe cluster has shown."""
from libc.stdint cimport int64_t, uint64_t

from _fastpath.sent_log cimport SentLog

cdef struct Probe:
    # A cluster to be sent now.
    int cluster             # 1..255; 0 means no probe
    uint64_t bps            # pace
    int octets, packets     # send until both are reached

cdef enum ProbeOutcome:
    PROBE_REJECTED
    PROBE_UNTOLD        # feedback has not told enough of it
    PROBE_PASSED        # arrived as fast as it was sent: the link can do at least that
    PROBE_SATURATED     # arrived more slowly: that is the link's rate

cdef double PROBE_USED      # the share of a saturated link's rate that is taken for proven

cdef struct ProbeMeasure:
    ProbeOutcome outcome
    double bps          # what it proves
    double sent_bps

# `loss`: what has been lost lately, `inherent`: what the path loses in any case, both of 1. Every packet from the first of
# the cluster to its last counts.
cdef ProbeMeasure probe_measure(
    SentLog* log, const Probe* probe, int64_t first, int64_t last, double loss, double inherent) noexcept nogil
