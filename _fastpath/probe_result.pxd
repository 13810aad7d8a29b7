"""What a probe cluster has shown."""
from libc.stdint cimport int64_t

from _fastpath.sent_log cimport SentLog

cdef enum ProbeOutcome:
    PROBE_REJECTED
    PROBE_PASSED        # arrived as fast as it was sent: the link can do at least that
    PROBE_SATURATED     # arrived more slowly: that is the link's rate

cdef struct ProbeMeasure:
    ProbeOutcome outcome
    double bps          # what it proves
    double sent_bps

# `loss`: what is lost in any case, of 1. Every packet from the first of the cluster to its last counts.
cdef ProbeMeasure probe_measure(
    SentLog* log, int64_t first, int64_t last, int cluster, double loss) noexcept nogil
