"""All that is known of one derivation: the facts of the function, stage by stage, and in reverse mode the plan."""
