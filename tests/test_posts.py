"""The posts of forum pages, and pages that are none."""

import pytest

from indexer.reading.formats.web.posts import posts_of

POSTS = {
    "phpBB": '<div class="postbody"><h3>Re: Tea</h3><div class="content">{}</div>by Bo</div>',
    "XenForo": '<article><h4>Bo</h4><div class="bbWrapper">{}</div><footer>Like</footer></article>',
    "Discourse": '<div class="topic-body"><span>Bo</span><div class="cooked">{}</div></div>',
    "vBulletin 3": '<table><tr><td>Bo<td><div id="post_message_12">{}</div></table>',
    "vBulletin 4": '<li><blockquote class="postcontent restore">{}</blockquote>Bo</li>',
    "MyBB": '<div class="author">Bo</div><div class="post_body scaleimages">{}</div>',
    "SMF": '<div class="poster">Bo</div><div class="inner" id="msg_77">{}</div>',
    "Invision": '<aside>Bo</aside><div data-role="commentContent">{}</div>',
    "Hacker News": '<span class="comhead">Bo</span><div class="commtext c00">{}</div>',
    "schema.org": '<b itemtype="http://schema.org/Answer">Bo</b><div itemprop="text">{}</div>',
}


@pytest.mark.parametrize("program", POSTS)
def test_each_post_is_read_and_not_what_surrounds_it(program: str) -> None:
    posts = "".join(POSTS[program].format(text) for text in ("Hot?<br><br>Or <b>not</b>?", "Hot."))
    found = posts_of(f"<title>t</title><nav>Home</nav><h1>Tea</h1>{posts}<p>Similar threads</p>")
    assert found is not None
    assert found.text == "Tea\n\nHot?\n\nOr not?\n\nHot."


def test_a_post_inside_another_is_read_once() -> None:
    quoted = '<div class="bbWrapper">Yes <div class="bbWrapper">No</div> so</div>'
    found = posts_of(quoted + '<div class="bbWrapper">Right</div>')
    assert found is not None
    assert found.text == "Yes\n\nNo\n\nso\n\nRight"


@pytest.mark.parametrize(
    "source",
    [
        "<p>no posts",
        '<div itemprop="text">An article</div><div itemprop="text">and a comment</div>',
        '<div class="bbWrapper">one alone</div>',
        '<div class="content">no</div><div class="content">postbody</div>',
        '<div class="bbWrapper"></div><div class="bbWrapper"> </div>',
    ],
)
def test_a_page_of_another_kind_has_none(source: str) -> None:
    assert posts_of(source) is None
