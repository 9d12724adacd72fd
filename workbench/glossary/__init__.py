"""Terms whose translation is decided: read from lists, found in a text whatever their inflection, and checked."""

from workbench.glossary.lists import TermList, open_terms
from workbench.glossary.names import NameList, open_names
from workbench.glossary.terms import Glossary, Occurrence, Term, lacking

__all__ = ["Glossary", "NameList", "Occurrence", "Term", "TermList", "lacking", "open_names", "open_terms"]
