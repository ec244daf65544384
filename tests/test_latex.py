"""LaTeX: what is read as text, and texts at their worst."""

import pytest

from indexer.errors import UnreadableArticle
from indexer.reading.formats.texts import latex
from indexer.types import Metadata

TEXT = r"""
\documentclass{article}
\usepackage{hyperref} % preamble
\title{The \emph{sea}}
\author{Ann Lee\thanks{x} \and Bob}
\date{31 May 2024}
\begin{document}
\maketitle
% a comment
The sea~rises by 3\,\% at ``night''.\footnote{Twice.} % often
\section{Tides}\label{sec:tides}
\textbf{High \emph{water}} is $h_0$.

\begin{itemize}
  \item one
  \item two
\end{itemize}
\subsection*{Neap \& spring}
\begin{lstlisting}[language=C]
x % y; \section{no}
\end{lstlisting}
\input{/etc/passwd}
End.
\end{document}
Junk.
"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_document_is_read_without_preamble_and_comments(end: str) -> None:
    document = latex.read(TEXT.replace("\n", end).encode(), "a.tex")
    assert document.title == "The sea"
    assert document.metadata == Metadata("2024-05-31", ("Ann Lee", "Bob"))
    assert [(it.kind, it.level, document.text[it.start : it.end]) for it in document.blocks] == [
        ("paragraph", 0, "The sea rises by 3\\,% at “night”. (Twice.)"),
        ("heading", 3, "Tides"),
        ("paragraph", 0, "High water is $h_0$."),
        ("item", 0, "- one"),
        ("item", 0, "- two"),
        ("heading", 4, "Neap & spring"),
        ("code", 0, "x % y; \\section{no}"),
        ("paragraph", 0, "End."),
    ]


def test_a_part_of_a_document_is_read_too() -> None:
    document = latex.read(rb"\chapter{Tides} The sea.", "a.tex")
    assert (document.title, document.text) == ("Tides", "Tides\n\nThe sea.")


@pytest.mark.parametrize(
    "piece",
    [
        *(r"\section{", r"\section{a", "\\", "{", r"\emph{", r"\begin{verbatim}", "%", "%\n"),
        *(r"\item", r"\title{", r"\footnote[", r"\begin{document}", r"\label{x", "[", " \n"),
        *(r"{\section{x}", r"\section{x"),
    ],
)
def test_a_hostile_text_is_read_at_a_cost_in_proportion(piece: str) -> None:
    text = "Sea. " + piece * 10_000 + " Land."
    assert "Land." in latex.read(f"{text}\n\n Land.".encode(), "a.tex").text


@pytest.mark.parametrize(
    "text", ["", " \n", "% only a comment\n", r"\begin{document}\end{document}"]
)
def test_what_has_no_text_is_refused(text: str) -> None:
    with pytest.raises(UnreadableArticle):
        latex.read(text.encode(), "a.tex")
