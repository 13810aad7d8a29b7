"""When to probe, how fast, and what the results lead to."""
from libc.stdint cimport int64_t

from _fastpath.probe_result cimport Probe, ProbeMeasure

cdef struct ProbeControl:
    Probe probe             # on its way, or its results are awaited; cluster 0: none
    int sent_octets, sent_packets
    int64_t first, last     # transport sequence numbers of the cluster
    int64_t begun_ns, last_sent_ns
    int last_cluster
    int rejections          # results in succession that proved nothing
    int64_t next_ns         # not sooner
    int64_t period_ns
    double chain_bps        # a result worth following up; 0: none
    double leap_bps         # the wish has grown to so much, and that is to be tried next; 0: no
    double low_bps          # a saturated result below the estimate that awaits a second one; 0: none

cdef bint probe_due(
    ProbeControl* control, double estimate_bps, double wish_bps, bint heard, int64_t now_ns, Probe* out
) noexcept nogil
cdef void probe_packet_sent(
    ProbeControl* control, int64_t sequence, int size, int cluster, int64_t now_ns) noexcept nogil
# All of it sent?
cdef bint probe_complete(const ProbeControl* control) noexcept nogil
# Has it been waited for long enough?
cdef bint probe_overdue(const ProbeControl* control, int64_t rtt_ns, int64_t now_ns) noexcept nogil
# The estimate that follows from a result.
cdef double probe_concluded(
    ProbeControl* control, const ProbeMeasure* measure, double estimate_bps, double wish_bps, int64_t now_ns
) noexcept nogil
cdef void probe_postpone(ProbeControl* control, int64_t until_ns) noexcept nogil
# There is something new to find: the pace of probing is quick again.
cdef void probe_hurry(ProbeControl* control, int64_t now_ns) noexcept nogil
# The wish has grown: the next probe is to tell whether it fits.
cdef void probe_leap(ProbeControl* control, double wish_bps) noexcept nogil
