"""What an account's password may be: long enough, and not one that is tried first (NIST SP 800-63B 5.1.1.2)."""

import unicodedata
from typing import Final

from treble.api import ApiError

MIN_LETTERS: Final = 8
MAX_LETTERS: Final = 256

# The commonest of eight letters and more in leaked lists; shorter ones are refused by their length.
_WORDS: Final = """
    00000000 000000000 0123456789 01234567 012345678 10203040 11111111 111111111 1111111111 1122334455
    11223344 112233445566 12121212 123123123 12341234 1234512345 12345678 123456789 1234567890 12345678910
    123456789a 123456789q 12345qwert 1234567a 1234qwer 123456abc 123456aa 123abc123 123qwe123 12qwaszx
    135792468 147258369 147852369 159753456 19801980 19851985 19871987 19881988 19891989 19901990 1a2b3c4d
    1password 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 1qwertyuiop 22222222 31415926
    33333333 44444444 55555555 66666666 741852963 76543210 77777777 789456123 87654321 88888888 963852741
    987654321 9876543210 99999999 a1234567 a12345678 a123456789 a1b2c3d4 aa123456 aaaaaaaa abc12345 abc123456
    abcd1234 abcdefgh abcdefghi access14 adminadmin administrator admin123 admin1234 admin12345 alexander
    alexandra anthony1 apollo11 aa12345678 asdasdasd asdf1234 asdfasdf asdfghjk asdfghjkl asdfghjkl1
    babygirl1 babygirl badboy12 baseball baseball1 basketball bismillah blessed1 blink182 bubbles1 butterfly
    butterfly1 carolina cocacola caroline changeme changeme1 charlie1 cheese123 chelsea1 chocolate chocolate1
    christian christine christopher cinderella computer computer1 corvette courtney cowboys1 dallas22
    danielle december dolphins dragon123 einstein elephant elizabeth enter123 everton1 facebook falcon01
    fernando fishing1 flamengo football football1 formula1 franklin freedom1 friendship fuckyou1 fuckyou2
    garfield gateway1 george12 ghbdtn123 giovanni godzilla goldfish golfer12 google123 grandma1 greenday
    guitar12 hallo123 harley01 hello123 hello1234 helloworld hermione hunter12 iloveyou iloveyou1 iloveyou2
    iloveyou123 iloveme1 infinity internet isabella jacqueline jasmine1 jennifer jennifer1 jessica1 jesus123
    jonathan jordan23 juventus katherine kimberly kristina lakers24 lasvegas letmein1 letmein123 liverpool
    liverpool1 login123 london12 loveme123 lovelove loveyou1 lovely12 madison1 magic123 manchester marathon
    marlboro maryjane master12 matthew1 maverick mercedes mermaid1 metallica michael1 michelle michelle1
    microsoft midnight minecraft minecraft1 monkey12 monkey123 monster1 mountain mustang1 myspace1 naruto123
    newyork1 nicholas nintendo ninja123 november october1 opensesame p@ssw0rd p@ssword pa$$w0rd pa55word
    panther1 pass1234 pass@123 passpass passw0rd passw0rd1 passwort passwort1 password password! password.
    password0 password1 password1! password12 password123 password1234 password2 password3 password01
    passwords patricia patrick1 peanut12 penelope pineapple playboy1 pokemon1 pokemon123 poohbear porsche9
    precious princess princess1 princess12 princesa purple12 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 qazwsx123
    qazwsxedc qqqqqqqq qwer1234 qwerasdf qwerqwer qwert123 qwert12345 qwerty11 qwerty12 qwerty123 qwerty1234
    qwerty12345 qwerty123456 qwertyui qwertyuiop qwertyuio qwertzui qwertzuiop qweasdzxc qweqweqwe rainbow1
    rangers1 raiders1 realmadrid rebecca1 redskins remember richard1 robinson rockstar1 rockyou1 ronaldo7
    rosebud1 salamander samantha samantha1 samsung1 savannah scarface scooter1 scorpion secret12 secret123
    september shadow12 shadow123 sheffield simpsons skywalker snickers snoopy12 soccer12 soccer123 softball
    sometimes spider12 spiderman spiderman1 spongebob starwars starwars1 stephanie stephen1 steelers
    student1 summer12 sunflower sunshine sunshine1 superman superman1 superstar sweetheart tazmania
    teddybear telephone tennis12 test1234 testtest theodore thunder1 thirteen tigger12 timeout1 tinkerbell
    together tomorrow tottenham travis12 treasure trustno1 twilight undertaker universe valentina valentine
    vanessa1 veronica victoria victoria1 vladimir volleyball wachtwoord warcraft watermelon welcome1
    welcome12 welcome123 welcome@123 westside whatever whatever1 william1 willkommen winter12 wolverine
    xxxxxxxx yankees1 yamaha12 yellow12 zaq12wsx zaq1xsw2 zaq1zaq1 zxcvbnm1 zxcvbnm123 zxcvbnma zzzzzzzz
"""
COMMON: Final = frozenset(_WORDS.split())


def clean_password(text: str, login: str = "") -> str:
    """The password in NFC; `ApiError("bad.password")` says which rule it breaks. `login`: the account's e-mail."""
    password = unicodedata.normalize("NFC", text)
    if len(password) < MIN_LETTERS:
        raise ApiError("bad.password", f"Take at least {MIN_LETTERS} letters.")
    if len(password) > MAX_LETTERS:
        raise ApiError("bad.password", f"Take at most {MAX_LETTERS} letters.")
    plain = password.casefold()
    if plain in COMMON or len(set(plain)) == 1:
        raise ApiError("bad.password", "This is one of the passwords that are tried first.")
    if login and plain in (login, login.partition("@")[0]):
        raise ApiError("bad.password", "This is your e-mail address.")
    return password
