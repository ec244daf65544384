"""Other tools with the same passages, questions and model as Locus, in the same run."""
