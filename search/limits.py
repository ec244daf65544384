"""What a question may ask for. It imports nothing of Locus, because ``--help`` needs it."""

from typing import Literal, get_args

Mode = Literal["hybrid", "semantic", "lexical"]
MODES: tuple[Mode, ...] = get_args(Mode)

MAX_K = 1000
"""The maximum number of hits of one answer."""
MAX_QUERY = 2000
"""The maximum length of a question to a server, in characters: models read some hundred tokens."""
MAX_QUERIES = 100
"""The maximum number of questions in one request to a server."""
MAX_UNDER = 500
"""The maximum length of ``under`` for a server, in characters."""
MAX_VALUES = 20
"""The maximum number of tags, and of authors, that one search may ask for."""
MAX_VALUE = 200
"""The maximum length of a tag or an author for a server, in characters."""
MAX_CHECKED = 1000
"""The maximum number of hits that one request to a server may check."""
DATE = r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"
"""What a date must look like: ``2024``, ``2024-05`` or ``2024-05-31``."""
SAYS_SOMETHING = r"[^\s\u001c-\u001f\u0085\ufeff]"
"""What a question must contain: a character that neither Python nor JSON Schema calls space."""
