"""Why a packet went no further, and how many went on: one counter per reason."""

cdef enum:
    C_RECEIVED              # datagrams in
    C_RECEIVED_OCTETS
    C_SENT                  # datagrams out
    C_SENT_OCTETS
    C_SEND_CALLS
    C_SEND_SEGMENTED        # datagrams that left in a GSO run
    C_FORWARDED             # RTP packets handed to receivers, without retransmissions
    C_RETRANSMITTED
    C_FEC_SENT              # FEC packets made for receivers
    C_FEC_RECOVERED         # packets of publishers got back by their FEC
    C_RED_RECOVERED         # audio packets of publishers got back by their RED
    C_STUN_ANSWERED
    C_DROP_TRUNCATED        # longer than a receive slot
    C_DROP_UNKNOWN_KIND     # first byte of no protocol that shares the port (RFC 7983)
    C_DROP_STUN_MALFORMED
    C_DROP_STUN_UNKNOWN     # no Endpoint of that username
    C_DROP_STUN_INTEGRITY
    C_DROP_UNPROVEN         # from an address that no check has proven
    C_DROP_NOT_KEYED
    C_DROP_SRTP             # authentication or replay
    C_DROP_SRTCP
    C_DROP_RTP_MALFORMED
    C_DROP_RTCP_MALFORMED
    C_DROP_SSRC             # no Layer for it
    C_DROP_PAYLOAD_TYPE
    C_DROP_DUPLICATE
    C_DROP_TOO_OLD
    C_DROP_GATE             # muted
    C_DROP_PADDING          # padding-only packets of publishers
    C_DROP_NO_PATH          # nothing proven yet to send to
    C_DROP_SEND             # the kernel took it not
    C_DROP_PROTECT
    C_DROP_STREAM           # TCP connection gone or its buffer full
    C_DROP_EVENT            # event ring full
    C_DROP_PACER            # waited too long: the Row begins again with a keyframe
    C_NACK_SENT
    C_NACK_RECEIVED
    C_NACK_UNANSWERED       # too old, too soon or too often
    C_KEYFRAME_REQUESTS
    C_TCP_ACCEPTED
    C_TCP_REFUSED
    C_PACED                 # video packets that had to wait
    C_PROBES                # clusters
    C_PADDING               # packets sent only to probe
    COUNTERS
