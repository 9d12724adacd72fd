"""Files of segments that come back."""

import json

from workbench.review.exchange import pairs_in


def test_json_lines_may_hold_what_breaks_lines_elsewhere(tmp_path):
    rows = [{"source": "a\u2028b", "text": "ج\u0085د"}, {"source": "c", "target": "د"}]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (tmp_path / "a.jsonl").write_text(text, encoding="utf-8")
    assert [*pairs_in(tmp_path / "a.jsonl")] == [("a\u2028b", "ج\u0085د"), ("c", "د")]
