"""RFC 5769 sections 2.1 to 2.3: a check and two answers with short-term credentials."""

PASSWORD = b"VOkJxbRl1RmTxUk/WvJxBt"
USERNAME = b"evtj:h6vY"
PORT = 32853

REQUEST = bytes.fromhex(
    "00010058 2112a442 b7e7a701 bc34d686 fa87dfae"
    "80220010 5354554e 20746573 7420636c 69656e74"
    "00240004 6e0001ff"
    "80290008 932ff9b1 51263b36"
    "00060009 6576746a 3a683676 59202020"
    "00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2"
    "80280004 e57a3bcf"
)

ADDRESS_V4 = bytes((192, 0, 2, 1))
MAPPED_V4 = bytes.fromhex("00200008 0001a147 e112a643")

ADDRESS_V6 = bytes.fromhex("20010db8 12345678 00112233 44556677")
MAPPED_V6 = bytes.fromhex("00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9")
