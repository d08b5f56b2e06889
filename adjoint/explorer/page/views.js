// Rules, stages and differences: each is there if the data has it.

