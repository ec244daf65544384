"""Where sentences and blocks begin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentencex import get_sentence_boundaries

from indexer.deriving.analysis import LANGUAGES
from indexer.splitting import sentences as module
from indexer.splitting.rules import Rules
from indexer.splitting.sentences import Opens, sentences
from indexer.types import Splitting


def texts(text: str, language: str = "english", analysis: int = 2) -> list[str]:
    rules = Rules.of(Splitting(language=language, analysis=analysis))
    return [text[sentence.start : sentence.end] for sentence in sentences(text, rules)]


@pytest.mark.parametrize(
    "text",
    [
        "Maj. Gen. Zaw Min Tun spoke to the press.",
        "Dr. Smith met U.S. forces at No. 5 on Dec. 3.",
        "It cost 3.50 dollars, e.g. for bread.",
        "J. K. Rowling wrote it.",
    ],
)
def test_an_abbreviation_does_not_end_a_sentence(text: str) -> None:
    assert texts(text) == [text]


def test_sentences_end_at_quotes_and_in_other_scripts() -> None:
    assert texts("“I know.” He left. 日本語です。次の文。") == [
        "“I know.”",
        "He left.",
        "日本語です。",
        "次の文。",
    ]


@pytest.mark.parametrize("language", ["english", "none", "greek"])
@pytest.mark.parametrize(
    "expected",
    [
        ["នេះជាប្រយោគ។", "នេះជាប្រយោគទីពីរ។", "ទីបី៕", "ចប់"],
        ["Τι κάνεις\u037e", "Καλά είμαι.", "Ναι."],
        ["Πού πας;", "Εκεί.", "Τί δέ;", "οὐκ οἶδα."],
        ["ဒါက ဝါကျ။", "ဒုတိယ ဝါကျ။", "တတိယ"],
        ["यह वाक्य है।", "दूसरा वाक्य है॥", "तीसरा"],
        ["كيف حالك؟", "أنا بخير."],
        ["یہ جملہ ہے۔", "دوسرا جملہ ہے۔"],
        ["Սա նախադասություն է։", "Երկրորդը։"],
        ["ይህ ዓረፍተ ነገር ነው።", "ሦስተኛ፧", "አራተኛ"],
        ["བཀྲ་ཤིས།", "བདེ་ལེགས།", "ཡིན༎", "ང་"],
        ["你好！", "吗？", "是。"],
    ],
)
def test_a_sentence_ends_at_the_marks_of_its_script(expected: list[str], language: str) -> None:
    assert texts(" ".join(expected), language) == expected


@pytest.mark.parametrize("language", ["english", "none", "greek", "russian"])
@pytest.mark.parametrize(
    "text",
    [
        "The tide rose; The moon was full.",
        "Прилив поднялся; Луна была полной.",
        "For all α; The angle β; The rest follows from the word λόγος; It means reason.",
        "int a; int b; int c;",
        "α; β; γ",
    ],
)
def test_a_semicolon_ends_no_sentence_outside_greek(text: str, language: str) -> None:
    assert texts(text, language) == [text]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("arabic", "قال د. أحمد ذلك."),
        ("danish", "Det er f.eks. København den 3. maj i år."),
        ("dutch", "Dhr. Jansen kwam, d.w.z. gisteren."),
        ("finnish", "Esim. Helsinki on suuri, sanoo prof. Virtanen."),
        ("french", "M. Dupont est né en 100 av. J.-C. et Mme Curie aussi, p. ex. hier."),
        ("german", "Das ist z. B. Berlin, d. h. am 3. Oktober und bei Dr. Müller."),
        ("greek", "Ο κ. Παπαδόπουλος ήρθε, π.χ. Αθήνα."),
        ("hungarian", "Pl. Budapest szép, kb. kétszer, mondta dr. Kovács."),
        ("italian", "Il sig. Rossi è venuto, ad es. ieri, con la dott.ssa Bianchi."),
        ("norwegian", "Det er f.eks. Oslo, bl.a. sier prof. Hansen."),
        ("portuguese", "O Sr. Silva e a Dra. Costa vieram, p. ex. ontem."),
        ("romanian", "Dl. Popescu și dna. Ionescu, de ex. Cluj."),
        ("russian", "Он пришёл, т. е. Москва ждала, и т. д., на ул. Ленина в 1905 г. был дом."),
        ("russian", "В 44 г. до н. э. он ушёл, как и др. города."),
        ("russian", "Поэт Б. Л. Пастернак и скульптор Э. И. Неизвестный."),
        ("spanish", "El Sr. García y la Sra. Pérez vinieron a EE. UU. ayer."),
        ("swedish", "Det är t.ex. Stockholm, bl.a. säger prof. Berg."),
        ("tamil", "திரு. குமார் வந்தார்."),
        ("turkish", "Örn. Ankara, dedi Doç. Dr. Yılmaz."),
    ],
)
def test_abbreviations_are_those_of_the_language_of_the_index(language: str, text: str) -> None:
    following = {"greek": "Ναι.", "russian": "Да."}.get(language, "Ja.")
    assert texts(f"{text} {following}", language) == [text, following]
    assert texts(f"{text} {following}", language, analysis=1)[0] != text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_version_splits_all_languages_as_english(language: str) -> None:
    text = "នេះ។ ចប់។ Τι κάνεις\u037e Καλά. Πού πας; Εκεί. И т. д. Esim. Helsinki. Am 3. Mai. ང། ང།"
    assert texts(text, language, analysis=1) == [
        "នេះ។ ចប់។ Τι κάνεις\u037e Καλά.",
        "Πού πας; Εκεί.",
        "И т.",
        "д.",
        "Esim.",
        "Helsinki.",
        "Am 3.",
        "Mai.",
        "ང། ང།",
    ]


@given(st.text(alphabet=st.sampled_from("abC .!?;\n\t#-“”é日。\u00a0🙂(0Я"), max_size=300))
def test_english_is_split_as_in_the_first_version(text: str) -> None:
    assert texts(text) == texts(text, analysis=1)


def test_a_heading_stands_alone_and_introduces_what_follows() -> None:
    text = "# Tides\n\nThe sea rises. It falls.\n\n## Springs\nAt full moon."
    assert [(text[s.start : s.end], s.opens) for s in sentences(text)] == [
        ("# Tides", Opens.SECTION),
        ("The sea rises.", Opens.INTRODUCED),
        ("It falls.", Opens.SENTENCE),
        ("## Springs", Opens.SECTION),
        ("At full moon.", Opens.INTRODUCED),
    ]


def test_lines_wrapped_by_hand_are_joined() -> None:
    lines = (
        "The canal joins the Mediterranean at Port Said to the\n"
        "Red Sea at Suez. It has no locks, since the seas at its\n"
        "two ends stand at nearly the same height, and ships can\n"
        "pass it in less than a day. It was opened in 1869."
    )
    assert len(texts(lines)) == 3


def test_lines_that_are_paragraphs_are_not_joined() -> None:
    text = "The regime lost 19 towns.\nHundreds have surrendered.\nThe offer stands."
    assert [s.opens for s in sentences(text)] == [Opens.PARAGRAPH] * 3


def test_list_items_are_kept_apart() -> None:
    text = "Three parts:\n- a compressor that hums\n- a condenser\n- an evaporator"
    found = sentences(text)
    assert len(found) == 4
    assert found[1].opens == Opens.INTRODUCED


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u3000", "\u202f"])
def test_an_unusual_space_before_a_full_stop_is_survived(space: str) -> None:
    assert texts(f"Take vitamin C{space}. Then sleep.")[-1].endswith("Then sleep.")


def test_a_paragraph_longer_than_a_window_is_split_as_a_short_one_is() -> None:
    one = "The tide rose over the stone bridge at noon. "
    assert texts(one * 1000) == [one.strip()] * 1000


@pytest.mark.parametrize("language", ["english", "russian"])
@pytest.mark.parametrize("piece", ["日本語です。", "“a (b. ", " ", "a. ", "x", "....", "\u0301"])
def test_a_long_hostile_paragraph_is_split_at_a_cost_in_proportion(
    piece: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sentencex takes quadratic time for some texts, so it only gets short ones."""
    given: list[int] = []

    def counted(language: str, text: str) -> list[dict[str, int]]:
        given.append(len(text))
        found: list[dict[str, int]] = get_sentence_boundaries(language, text)
        return found

    monkeypatch.setattr(module, "get_sentence_boundaries", counted)
    text = piece * (400_000 // len(piece))
    found = sentences(text, Rules.of(Splitting(language=language)))
    assert "".join(text[s.start : s.end] for s in found).replace(" ", "") == text.replace(" ", "")
    assert max(given, default=0) <= 4000
    assert sum(given) <= 2 * len(text)


@given(
    st.text(
        alphabet=st.sampled_from("abC .!?;\n\r\t#-—“”é日。។།\u037e\u2028\u00a0\u2009🙂\u0301(0λЯт"),
        max_size=400,
    ),
    st.sampled_from(LANGUAGES),
    st.sampled_from([1, 2]),
)
def test_nothing_but_white_space_lies_between_sentences(
    text: str, language: str, analysis: int
) -> None:
    at = 0
    for sentence in sentences(text, Rules.of(Splitting(language=language, analysis=analysis))):
        assert not text[at : sentence.start].strip()
        piece = text[sentence.start : sentence.end]
        assert piece and piece == piece.strip()
        at = sentence.end
    assert not text[at:].strip()


@pytest.mark.parametrize("fence", ["---", "+++"])
def test_no_sentence_begins_in_front_matter_and_ends_below_it(fence: str) -> None:
    text = f"{fence}\ntitle: Owls\ndate: 2024-05-31\n{fence}\nowls hunt mice at night.\n"
    found = [text[it.start : it.end] for it in sentences(text)]
    assert found[-1] == "owls hunt mice at night."
