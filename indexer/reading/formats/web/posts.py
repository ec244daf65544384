"""The posts of a forum page, by the names that forum programs give to them.

What surrounds each post (its author's picture, rank and signature) is as long as the post, so that
the main text of such a page cannot be told by its length.
"""

import re

from indexer.reading.formats.web.composing import Attributes, Composer
from indexer.reading.formats.web.markup import feed

_CLASSES = {
    "bbWrapper",  # XenForo 2
    "messageText",  # XenForo 1
    "cooked",  # Discourse
    "comment-copy",  # Stack Exchange
    "js-post-body",
    "post_body",  # MyBB
    "postcontent",  # vBulletin 4
    "js-post__content-text",  # vBulletin 5
    "commtext",  # Hacker News
    "usertext-body",  # Reddit, as it was
    "Post-body",  # Flarum
    "kmsg",  # Kunena
    "bbp-reply-content",  # bbPress
    "bbp-topic-content",
}
_INNER, _OUTER = "content", "postbody"
"""The class of a post in phpBB, inside an element of another class."""
_TITLE = "topic-title"
"""The class of the topic's heading in phpBB, which is of the second level there."""
_IDS = re.compile(r"(?:post_message_|msg_)\d+")
_HINT = re.compile(
    "|".join(re.escape(name) for name in sorted(_CLASSES))
    + r"|postbody|itemprop=[\"']?text|commentContent|post_message_|msg_\d"
)
_FORUM = re.compile(r"DiscussionForumPosting|QAPage|schema\.org/(?:Question|Answer)")
"""Types of schema.org. Without one, ``itemprop="text"`` may be an article or a comment to it."""
LEAST = 2
"""Posts that make a page one of a forum."""


class _Posts(Composer):
    """Keeps the posts of a page and its title."""

    def __init__(self, *, has_types: bool) -> None:
        super().__init__()
        self._has_types = has_types
        self.posts = 0
        self._kept = 0
        """The depth of the post or title that is read; 0 between them."""
        self._outer = 0

    def start(self, tag: str, attributes: Attributes) -> None:
        classes = set((attributes.get("class") or "").split())
        if not self._kept and not self._skipping:
            is_post = self._is_post(classes, attributes)
            self.posts += is_post
            if is_post or tag == "h1" or _TITLE in classes:
                self._kept = self._depth + 1
        if self._kept or self._skipping or self.skips(tag, attributes):
            super().start(tag, attributes)
        else:  # a table or a list around the posts is no part of them
            self._depth += 1
            if _OUTER in classes:
                self._outer = self._depth

    def end(self, tag: str) -> None:
        if self._kept or self._skipping:
            super().end(tag)
            if self._depth < self._kept:
                self._flush()
                self._kept = 0
        else:
            self._depth -= 1
            if self._depth < self._outer:
                self._outer = 0

    def data(self, text: str) -> None:
        if self._kept:
            super().data(text)

    def _is_post(self, classes: set[str], attributes: Attributes) -> bool:
        if classes & _CLASSES or (self._has_types and attributes.get("itemprop") == "text"):
            return True
        if attributes.get("data-role") == "commentContent":  # Invision
            return True
        if _IDS.fullmatch(attributes.get("id") or ""):  # vBulletin 3, SMF
            return True
        return bool(self._outer) and _INNER in classes


def posts_of(source: str) -> _Posts | None:
    """The posts of a page; None if it has fewer than LEAST."""
    if not _HINT.search(source):
        return None
    found = feed(source, _Posts(has_types=_FORUM.search(source) is not None))
    return found if found.posts >= LEAST and found.text else None
